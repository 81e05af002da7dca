import { instance, pipelineChecks } from './pipeline-checks.js';
import { hasMethod, headers, isObject, must, object, oneOf, url, type Check } from './validate.js';

/** Its own options that a type of exporter has, besides `type`. */
export interface ExporterShape {
  readonly options: Readonly<Record<string, Check>>;
  /** The one of them that must be there. */
  readonly required?: string;
}

/** By the name of the type. */
export type ExporterShapes = Readonly<Record<string, ExporterShape>>;

const FOR_EVERYBODY: ExporterShapes = {
  otlp: { options: { endpoint: url, url, headers, protocol: oneOf('http/json', 'http/protobuf') } },
  console: { options: {} },
};

/**
 * Each type with options of its own and those of any pipeline, while a page, which has two types, takes the options of both for either.
 * @param types besides those for everybody; one of the same name goes before those
 */
export function exporterCheck(types: ExporterShapes): Check {
  const shapes = { ...FOR_EVERYBODY, ...types };
  const names = Object.keys(shapes);
  const known = oneOf(...names);
  const typed = (value: Record<string, unknown>, path: string) => {
    const issues = known(value['type'], `${path}.type`);
    if (issues.length) return issues;
    const { options, required } = shapes[value['type'] as string] as ExporterShape;
    return object({ type: known, ...options, ...pipelineChecks }, required)(value, path);
  };
  const given = object({ exporter: instance('SpanExporter', 'export'), ...pipelineChecks });
  return must<unknown>(
    `be "${names.join('", "')}", { type: "otlp" } or a SpanExporter`,
    value => isObject(value) || names.includes(value as string),
    (value, path) => {
      if (hasMethod(value, 'export')) return [];
      if (!isObject(value)) return typed({ type: value }, path);
      return ('exporter' in value ? given : typed)(value, path);
    },
  );
}
