// Loaded into the sandbox's process before the sandbox: answers what the process uses. Plain JavaScript, because nothing compiles it there.
'use strict';
process.on('message', message => {
  if (message !== 'usage') return;
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send({ usage: { rss, heapUsed, external, processorSeconds: (user + system) / 1e6 } });
});
process.channel?.unref();
