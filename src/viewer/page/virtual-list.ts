/** Rows kept beyond each edge, so that a fast scroll does not show the gap before the next frame. */
const OVERSCAN = 8;

export interface Row<Item> {
  element: HTMLElement;
  show(item: Item, index: number): void;
}

export interface VirtualList<Item> {
  element: HTMLElement;
  /** Shows these items; rows that are in view are updated in place. */
  setItems(items: readonly Item[]): void;
  /** Redraws what is in view, for a change that is not in the items. */
  refresh(): void;
  scrollToIndex(index: number): void;
}

/** A scrolling list that has elements only for what can be seen, and reuses them. */
export function createVirtualList<Item>(options: { rowHeight: number; createRow(): Row<Item> }): VirtualList<Item> {
  const { rowHeight, createRow } = options;
  const element = document.createElement('div');
  const canvas = document.createElement('div');
  element.className = 'virtual-list';
  canvas.className = 'virtual-canvas';
  element.append(canvas);

  const used = new Map<number, Row<Item>>();
  const spare: Row<Item>[] = [];
  let items: readonly Item[] = [];
  let frame = 0;

  function draw(isStale: boolean): void {
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - OVERSCAN);
    const last = Math.min(items.length, Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + OVERSCAN);
    for (const [index, row] of used) {
      if (index >= first && index < last) continue;
      used.delete(index);
      spare.push(row);
    }
    for (let index = first; index < last; index += 1) place(index, isStale);
    for (const row of spare) row.element.hidden = true;
  }

  function place(index: number, isStale: boolean): void {
    const item = items[index];
    const present = used.get(index);
    if (item === undefined || (present && !isStale)) return;
    const row = present ?? spare.pop() ?? attach(createRow());
    used.set(index, row);
    row.element.hidden = false;
    row.element.style.transform = `translateY(${index * rowHeight}px)`;
    row.show(item, index);
  }

  function attach(row: Row<Item>): Row<Item> {
    canvas.append(row.element);
    return row;
  }

  element.addEventListener('scroll', () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => draw(false));
  });
  new ResizeObserver(() => draw(false)).observe(element);

  return {
    element,
    setItems(next) {
      items = next;
      canvas.style.height = `${items.length * rowHeight}px`;
      draw(true);
    },
    refresh: () => draw(true),
    scrollToIndex(index) {
      const top = index * rowHeight;
      const bottom = top + rowHeight - element.clientHeight;
      if (top < element.scrollTop) element.scrollTop = Math.max(0, top - rowHeight);
      else if (bottom > element.scrollTop) element.scrollTop = bottom + rowHeight;
      draw(false);
    },
  };
}
