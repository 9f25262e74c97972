/**
 * Loaded into our own child processes ahead of their code: when the parent is gone, however it went, they stop the way
 * they stop on a signal, and are gone after 20 seconds at the latest.
 */
process.once('disconnect', () => {
  // Nobody reads what we print any more; that must not be what ends us.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  setTimeout(() => process.exit(1), 20_000).unref();
  process.kill(process.pid, 'SIGTERM');
});
// The channel is only there to notice the parent's end; it does not keep a finished process up.
process.channel?.unref();
