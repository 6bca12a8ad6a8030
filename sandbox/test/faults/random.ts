const MODULUS = 2 ** 31 - 1;

/** Numbers between 0 and 1 that are the same for a seed. https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
export function randomFrom(seed: number): () => number {
  let state = seed % (MODULUS - 1) + 1;
  return () => {
    state = state * 48_271 % MODULUS;
    return state / MODULUS;
  };
}

/** `SEED=…` repeats a run. */
export function seedOfRun(): number {
  return Number(process.env.SEED ?? Date.now() % 1_000_000);
}
