import { Account, Caller, Service } from '../account';
import { ResourceType } from '../assembly/resource-type';
import { HttpHandler } from '../http/http-request';
import { TemplateProperties } from '../iam/template-properties';

const ALIAS = /^alias\/[\w/-]{1,250}$/;

/**
 * Names of keys, so that others can ask whether a caller may use them. Nothing is encrypted here, and no operation of KMS is modelled.
 *
 * Keys of AWS (`alias/aws/…`) may be used by everybody in the account, through their service.
 */
export class KmsService implements Service {
  readonly types: ReadonlyMap<string, ResourceType> = new Map([['AWS::KMS::Alias', { create: request => this.createAlias(new TemplateProperties(request)) }]]);
  readonly endpoints: ReadonlyMap<string, HttpHandler> = new Map();
  private readonly aliases = new Map<string, string>();

  constructor(private readonly account: Account) {}

  /**
   * ARN of a key that a policy can be held against.
   *
   * @param id - key id, ARN of a key or of an alias, or `alias/<name>`
   * @returns undefined for a key of AWS
   */
  keyArnOf(id: string): string | undefined {
    const name = id.startsWith('arn:') ? id.split(':').slice(5).join(':') : id;
    if (name.startsWith('alias/aws/')) return undefined;
    if (name.startsWith('alias/')) return this.aliases.get(name) ?? this.account.arn('kms', name);
    return id.startsWith('arn:') ? id : this.account.arn('kms', `key/${id}`);
  }

  /**
   * Returns where the caller may do all of this with the key through the service.
   *
   * @param keyId - undefined where nothing is encrypted by a key of the template
   * @param service - `sqs`
   * @param encryptionContext - `{ 'aws:sqs:arn': … }`
   */
  authorize(
    caller: Caller, keyId: string | undefined, service: string, actions: readonly string[], encryptionContext: { readonly [name: string]: string },
  ): void {
    const arn = keyId === undefined ? undefined : this.keyArnOf(keyId);
    if (arn === undefined) return;
    const { account, region, partition } = this.account.environment;
    const context = {
      'kms:ViaService': `${service}.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`,
      'kms:CallerAccount': account,
      'kms:EncryptionContextKeys': Object.keys(encryptionContext),
      ...Object.fromEntries(Object.entries(encryptionContext).map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    };
    for (const action of actions) caller.authorize(`kms:${action}`, arn, context);
  }

  private createAlias(properties: TemplateProperties) {
    const name = properties.text('AliasName');
    if (!ALIAS.test(name) || name.startsWith('alias/aws/')) properties.fail('AliasName', `needs alias/ and letters, digits, hyphens, underscores and slashes, got ${JSON.stringify(name)}`);
    const key = this.keyArnOf(properties.text('TargetKeyId'));
    if (key === undefined) properties.fail('TargetKeyId', 'must be a key of this account, not one of AWS');
    else this.aliases.set(name, key);
    return { ref: name, attributes: { Arn: this.account.arn('kms', name) } };
  }
}
