import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsOptions } from '@agentops/shared';
import { must, object, text, type Check } from '@agentops/shared/config/validate';
import { isPem } from '../config/mask.js';

const readable = must('be the path of a PEM file that can be read, or its text', value => {
  try {
    return isPem(readPem(value as string));
  } catch {
    return false;
  }
});

const pem: Check = (value, path) => {
  const issues = text(value, path);
  return issues.length ? issues : readable(value, path);
};

const parts = object({ ca: pem, cert: pem, key: pem });

/** Each part by itself, then whether OpenSSL takes them together. */
export const tlsCheck: Check = (value, path) => {
  const issues = parts(value, path);
  const message = issues.length ? undefined : refusal(value as TlsOptions);
  return message === undefined ? issues : [{ path, message }];
};

/** What is wrong with parts that may have come from several sources. */
export function faultOf(tls: TlsOptions): string | undefined {
  if (!tls.cert !== !tls.key) return 'must have a key with its cert, and a cert with its key';
  return refusal(tls);
}

/** Without what is in them. */
function refusal(tls: TlsOptions): string | undefined {
  try {
    const pems = readTls(tls);
    createSecureContext(pems);
    // The context trusts nobody, and says nothing, where this is no certificate.
    if (pems.ca) void new X509Certificate(pems.ca);
    return undefined;
  } catch (error) {
    return `must be certificates and a key that go together, got ${(error as NodeJS.ErrnoException).code}`;
  }
}

/** What the files hold. */
export function readTls(tls: TlsOptions = {}): TlsOptions {
  return Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, readPem(value as string)]));
}

function readPem(value: string): string {
  return isPem(value) ? value : readFileSync(value, 'utf8');
}
