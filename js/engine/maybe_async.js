// @ts-check
/**
 * Calls that may have to wait are written once, as generators that yield values or promises. If all yields are values
 * (an agent that may block), the call returns its result; if one is a promise (stack switching), the call returns a
 * promise of its result.
 */

/**
 * @template T
 * @param {Generator<unknown, T, any>} steps
 * @returns {T | Promise<T>}
 */
export function runSteps(steps) {
  let step = steps.next();
  while (!step.done) {
    if (step.value instanceof Promise) return resume(steps, step.value);
    step = steps.next(step.value);
  }
  return step.value;
}

/**
 * @template T
 * @param {Generator<unknown, T, any>} steps
 * @param {unknown} value
 * @returns {Promise<T>}
 */
async function resume(steps, value) {
  for (;;) {
    const step = await Promise.resolve(value).then(
      (result) => steps.next(result),
      (error) => steps.throw(error),
    );
    if (step.done) return step.value;
    value = step.value;
  }
}
