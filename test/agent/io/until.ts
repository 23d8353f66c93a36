/** Resolves at the turn of the event loop at which this holds. Fails after `within` milliseconds with what `found` tells. */
export async function until(
  holds: () => boolean,
  found: () => unknown = () => '',
  within = 10_000,
): Promise<void> {
  const end = performance.now() + within
  while (!holds()) {
    if (performance.now() > end) {
      throw new Error(`not within ${within} ms: ${holds}\nfound ${JSON.stringify(found())}`)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
