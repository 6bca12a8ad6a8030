/** Reads a variable of a handler that must be there: missing and empty are different mistakes. */
export function required(env: Record<string, string | undefined>, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`environment variable ${name} is missing`);
  if (value === '') throw new Error(`environment variable ${name} is empty`);
  return value;
}
