/** What conditions and variables of a policy can see of a request: for each key its values. */
export interface KeyValues {
  /** All values of a key, for conditions. `undefined` when the key is not in the request. */
  valuesOf(key: string): string[] | undefined;
  /** The text that takes the place of `${key}`. `undefined` when there is none: what contains it then matches nothing. */
  variable(key: string): string | undefined;
}
