// @ts-check
/**
 * Calls that may have to wait are written once, as generators that yield what may be a promise. Where nothing that they yield is one (an agent
 * that may block) the call is an ordinary one; where something is (stack switching) its result is a promise too.
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
    const step = await Promise.resolve(value).then((result) => steps.next(result), (error) => steps.throw(error));
    if (step.done) return step.value;
    value = step.value;
  }
}
