/** How the transform makes rows of a lake; the construct writes it into the environment of the function. */
export interface LakeRowPlan {
  /** Keys as the transform flattens them, by precedence, whose text or number is the id of the device. */
  readonly deviceIdKeys: readonly string[];
  /** Keys as the transform flattens them, by precedence, whose value is the time of the event. */
  readonly eventTimeKeys: readonly string[];
  /** Names of the columns beside the maps, by their type. */
  readonly columns: { readonly [type: string]: readonly string[] };
}
