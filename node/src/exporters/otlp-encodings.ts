import { otlpJsonSerializer, type Platform } from '@agentops/shared';
import { otlpProtobufSerializer } from './otlp-protobuf.js';

/** What OTLP over HTTP may be written in. Of each platform its own: batches are remembered by it, see `pack-once.ts`. */
export const createEncodings = (): Platform['encodings'] => ({
  'http/protobuf': { serializer: otlpProtobufSerializer, contentType: 'application/x-protobuf' },
  'http/json': { serializer: otlpJsonSerializer, contentType: 'application/json' },
});
