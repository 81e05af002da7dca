import type { AgentOps, Attributes } from '../api.js';
import type { ExporterOption, InitOptions } from '../config/config.js';
import { mergeOptions } from '../config/merge.js';
import { diagnostics } from '../diagnostics.js';
import { exportersOf } from './exporters.js';

type Telemetry = NonNullable<InitOptions['telemetry']>;

/** What of the configuration makes the tracer. */
export interface TracerSetup extends Pick<Telemetry, 'sampler' | 'sampling' | 'processors'> {
  resourceAttributes?: Attributes;
}

/**
 * Changes the configuration before anything is made of it, and hears of the client's life. Plug-ins are asked in their order, each on top of what those
 * before it made of it. One that throws, or whose changes are not valid, is reported and counts as not there.
 */
export interface Plugin {
  /** For messages. */
  readonly name: string;
  /** Returns what is to be different: lists and instances replace what was there. */
  configureTracer?(setup: Readonly<TracerSetup>): TracerSetup | undefined | void;
  /** Asked for each backend, of which a name alone comes as `{ type }`; returns the one to use instead. */
  configureExporter?(exporter: ExporterOption): ExporterOption | undefined | void;
  /** Returns what `telemetry.metrics` is to be. */
  configureMeter?(metrics: Telemetry['metrics']): Telemetry['metrics'] | void;
  /** The client runs. */
  started?(client: AgentOps): void;
  /** `shutdown()` was called; what this returns is waited for, within its time. */
  stopping?(): Promise<unknown> | void;
}

export interface PluginHost {
  /**
   * The configuration as the plug-ins want it.
   * @param validate throws where a plug-in's is wrong
   */
  apply(options: InitOptions, validate: (options: InitOptions) => void): InitOptions;
  /** Backends that come later, as the plug-ins want them. */
  configureExporters(options: InitOptions, exporters: readonly ExporterOption[]): ExporterOption[];
  /** Calls a hook of all plug-ins; resolves when all have answered. */
  notify(options: InitOptions, hook: (plugin: Plugin) => unknown): Promise<void>;
}

export const pluginHost: PluginHost = { apply, configureExporters, notify };

function apply(options: InitOptions, validate: (options: InitOptions) => void): InitOptions {
  return pluginsOf(options).reduce((current, plugin) => {
    const configured = attempt(plugin, () => {
      const changed = configure(current, plugin);
      validate(changed);
      return changed;
    });
    return configured ?? current;
  }, options);
}

function configureExporters(options: InitOptions, exporters: readonly ExporterOption[]): ExporterOption[] {
  return exporters.map(exporter =>
    pluginsOf(options).reduce(
      (current, plugin) => attempt(plugin, () => plugin.configureExporter?.(spelledOut(current))) ?? current,
      exporter,
    ),
  );
}

async function notify(options: InitOptions, hook: (plugin: Plugin) => unknown): Promise<void> {
  const answers = pluginsOf(options).map(plugin => attempt(plugin, () => hook(plugin)));
  for (const [index, answer] of answers.entries())
    await Promise.resolve(answer).catch((error: unknown) => report(pluginsOf(options)[index] as Plugin, error));
}

function pluginsOf({ telemetry }: InitOptions): readonly Plugin[] {
  return telemetry?.plugins ?? [];
}

function configure(options: InitOptions, plugin: Plugin): InitOptions {
  const { resourceAttributes, telemetry = {} } = options;
  const { sampler, sampling, processors } = telemetry;
  const setup = { resourceAttributes, sampler, sampling, processors } as TracerSetup;
  const { resourceAttributes: attributes, ...tracer } = plugin.configureTracer?.(setup) ?? {};
  const exporters = Object.entries(exportersOf(options)).map(([name, list]) => [
    name,
    list.map(exporter => plugin.configureExporter?.(spelledOut(exporter)) ?? exporter),
  ]);
  const metrics = plugin.configureMeter?.(telemetry.metrics) ?? telemetry.metrics;
  const changes = {
    ...(attributes && { resourceAttributes: attributes }),
    telemetry: {
      ...tracer,
      ...(metrics !== undefined && { metrics }),
      ...(Object.fromEntries(exporters) as Pick<Telemetry, 'exporters' | 'additionalExporters'>),
    },
  };
  return mergeOptions(options, changes);
}

/** An object whatever it was, to be changed in part. */
function spelledOut(exporter: ExporterOption): ExporterOption {
  return typeof exporter === 'string' ? { type: exporter } : exporter;
}

function attempt<T>(plugin: Plugin, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    return report(plugin, error);
  }
}

function report(plugin: Plugin, error: unknown): undefined {
  diagnostics.warn(`plugin:${plugin.name}`, `the plug-in "${plugin.name}" failed; the app goes on without it`, error);
}
