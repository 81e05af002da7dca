import type { Meter } from '@opentelemetry/api';

/** What the process takes up, whenever metrics are collected. */
export function observeMemory(meter: Meter): void {
  meter
    .createObservableGauge('process.memory.usage', { unit: 'By', description: 'Resident memory of the process.' })
    .addCallback(result => result.observe(process.memoryUsage.rss(), { type: 'process_memory' }));
}
