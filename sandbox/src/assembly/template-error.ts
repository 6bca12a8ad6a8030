/** Something in a template or an assembly that cannot be read as CloudFormation would; says where. */
export class TemplateError extends Error {
  public override readonly name = 'TemplateError';

  /** @param location - path inside the template, e.g. `Resources/Table/Properties/TableName` */
  constructor(readonly location: string, readonly problem: string) {
    super(`${location}: ${problem}`);
  }
}
