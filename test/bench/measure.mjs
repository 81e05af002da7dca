// Times pairs of functions side by side: interleaved rounds, medians, so that both see the same machine.

/** Nanoseconds a call, median over `rounds` of each contender. */
export function compare(contenders, { rounds = 31, calls = 20_000 } = {}) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map(name => [name, []]));
  for (const name of names) repeat(contenders[name], calls);
  for (let round = 0; round < rounds; round++) {
    for (const name of names) times[name].push(timed(contenders[name], calls));
  }
  return Object.fromEntries(names.map(name => [name, median(times[name])]));
}

function timed(run, calls) {
  const start = process.hrtime.bigint();
  repeat(run, calls);
  return Number(process.hrtime.bigint() - start) / calls;
}

function repeat(run, calls) {
  for (let call = 0; call < calls; call++) run();
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** One line a figure: what, ours, raw, ratio, aim. */
export function report(what, { ours, raw, unit, aim }) {
  const ratio = ours / raw;
  console.log(
    `${what.padEnd(46)} ${format(ours)} ${unit}  raw ${format(raw)} ${unit}  ratio ${ratio.toFixed(2)}  (aim ${aim})`,
  );
}

function format(value) {
  return (value >= 100 ? value.toFixed(0) : value.toPrecision(3)).padStart(8);
}
