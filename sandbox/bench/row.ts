/** One row of the table of benchmarks, and the target where there is one. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target?: string;
  readonly met?: boolean;
}
