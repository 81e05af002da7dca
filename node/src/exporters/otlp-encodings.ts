import { otlpJsonSerializer, type Platform } from '@agentops/shared';
import { otlpProtobufSerializer } from './otlp-protobuf.js';

/** What OTLP over HTTP may be written in. */
export const ENCODINGS: Platform['encodings'] = {
  'http/protobuf': { serializer: otlpProtobufSerializer, contentType: 'application/x-protobuf' },
  'http/json': { serializer: otlpJsonSerializer, contentType: 'application/json' },
};
