import { LakeColumn } from './lake-column';

/** A kind of device whose measurements are columns of a wide table of its own. */
export interface LakeDeviceType {
  /** Name of the table: 1 to 200 lower-case letters, digits and underscores. The view over rows of the last hours is called `<name>_live`. */
  readonly name: string;

  /** The attribute that tells the kind of a device, by its flattened path, such as `device_capability_model_id`. */
  readonly attribute: string;

  /** The values of that attribute that this kind has. */
  readonly values: string[];

  /**
   * Flattened paths of measurements and attributes that become columns: string, double, bigint, int or boolean.
   *
   * A value that does not fit its column is null there, and stays in the maps of the telemetry table.
   */
  readonly columns: LakeColumn[];
}
