import { describe, it, expect } from '#runner';
import { isPrivateHost } from '@agentops/shared/propagation/private-host';

const isPrivate = (host: string) => isPrivateHost(new URL(`http://${host}/`).hostname);

describe('a private host', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '10.0.0.0',
    '10.255.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '127.0.0.1.',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[fc00::1]',
    '[fdff:ffff::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:10.193.0.1]',
    '[::ffff:192.168.1.1]',
    '[::ffff:172.16.0.1]',
    '[::ffff:172.31.0.1]',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'app.localhost',
    'planner',
    'tool_server-2',
    'planner.svc',
    'planner.default.svc.cluster.local',
    'planner.internal',
    'planner.default.svc.cluster.local.',
    'printer.lan',
    'service.test',
    'metadata.internal',
  ])('is %s', host => {
    expect(isPrivate(host)).toBe(true);
  });

  it.each([
    '126.255.255.255',
    '128.0.0.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.64.0.1',
    '192.167.255.255',
    '192.169.0.1',
    '172.15.255.255',
    '172.32.0.0',
    '169.254.169.254',
    '169.254.0.1',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '8.8.8.8',
    '134744072',
    '2852039166',
    '0xa9fea9fe',
    '[::2]',
    '[fbff::1]',
    '[fe00::1]',
    '[fe80::1]',
    '[2001:db8::1]',
    '[fc::1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:160.0.0.1]',
    '[::ffff:172.15.0.1]',
    '[::ffff:172.32.0.1]',
    '[::ffff:0.127.0.1]',
    '[::ffff:0.10.0.1]',
    '[::ffff:8.8.8.8]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'instance-data.ec2.internal',
    'example.com',
    'example.com.',
    'localhost.example.com',
    'internal.example.com',
    '127.0.0.1.example.com',
    '10.example.com',
    'mylocal.co',
    'evil-localhost.com',
    'api.openai.com',
    'xn--lclhost-9za.com',
  ])('is not %s', host => {
    expect(isPrivate(host)).toBe(false);
  });

  it('is none without a name', () => {
    expect(isPrivateHost('')).toBe(false);
    expect(isPrivateHost('.')).toBe(false);
  });
});
