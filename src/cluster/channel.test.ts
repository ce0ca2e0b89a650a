import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import { tcpNetwork } from '../base/tcp.js';
import { listenForChannels, openChannel, type Purpose } from './channel.js';

const end = { network: tcpNetwork, secret: Buffer.from('a secret of the cluster'), clock: systemClock, random: systemRandom };
const local = { host: '127.0.0.1', port: 0 };

function listening() {
  const opened: Purpose[] = [];
  const listener = listenForChannels(end, local, {
    relay: (connection) => {
      opened.push('relay');
      connection.onData((bytes) => connection.write(bytes));
    },
    ask: () => void opened.push('ask'),
    feed: () => void opened.push('feed'),
  });
  return { opened, listener };
}

describe('the channel between servers (SAFETY 22)', () => {
  it('opens for those who know the secret, and carries bytes both ways', async () => {
    const { opened, listener } = listening();
    const { address, close } = await listener;
    const connection = await openChannel(end, address, 'relay', 1000);
    const echoed = new Promise<string>((resolve) => connection.onData((bytes) => resolve(Buffer.from(bytes).toString())));
    connection.write(Buffer.from('hello'));
    expect(await echoed).toBe('hello');
    expect(opened).toEqual(['relay']);
    connection.destroy();
    await close();
  });

  it('stays shut for another secret', async () => {
    const { opened, listener } = listening();
    const { address, close } = await listener;
    await expect(openChannel({ ...end, secret: Buffer.from('some other secret') }, address, 'relay', 1000)).rejects.toThrow('secret');
    expect(opened).toEqual([]);
    await close();
  });

  it('closes on an ordinary client', async () => {
    const { opened, listener } = listening();
    const { address, close } = await listener;
    const connection = await tcpNetwork.connect(address, 1000);
    const closed = new Promise<void>((resolve) => connection.onClose(() => resolve()));
    connection.onData(() => {});
    connection.write(Buffer.concat([Buffer.from('6060b017', 'hex'), Buffer.alloc(64)]));
    await closed;
    expect(opened).toEqual([]);
    await close();
  });
});
