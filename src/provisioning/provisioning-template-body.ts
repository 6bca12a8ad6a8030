import { readFileSync } from 'fs';

/**
 * The body of a provisioning template that you wrote yourself.
 *
 * FleetProvisioning checks it at synth: that it is JSON of at most 10,240 characters, that it has only the sections,
 * resource types, properties and functions that AWS IoT knows, and that every parameter in a `Ref` is declared.
 *
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html
 */
export class ProvisioningTemplateBody {
  /**
   * A body from JSON text. Names of other resources may be tokens inside strings, such as `policy.policyName`.
   *
   * @param json the whole body, as AWS IoT shall have it
   */
  public static fromJson(json: string): ProvisioningTemplateBody {
    return new ProvisioningTemplateBody(json);
  }

  /**
   * A body from a file of JSON.
   *
   * @param path the file, from the working directory of the synth
   */
  public static fromFile(path: string): ProvisioningTemplateBody {
    return new ProvisioningTemplateBody(readFileSync(path, 'utf8'));
  }

  /** The text of the body. */
  public readonly json: string;

  private constructor(json: string) {
    this.json = json;
  }
}
