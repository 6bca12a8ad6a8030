import { KeptMap } from './kept-map';
import { notFound, RegistryError } from './registry-error';
import { MalformedPolicyError, PolicySet } from '../policy';

export interface PolicyVersion { readonly id: string; readonly document: string; readonly createdAt: number }

export interface Policy {
  readonly policyName: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly defaultVersionId: string;
  /** Grows and is not used again after a deletion. */
  readonly lastVersion: number;
  readonly versions: readonly PolicyVersion[];
}

/** https://docs.aws.amazon.com/general/latest/gr/iot-core.html#security-limits */
const MAX_CHARACTERS = 2048;
const MAX_VERSIONS = 5;

/** The policies of AWS IoT with their versions; the default one counts. */
export class PolicyTable {
  private readonly compiled = new Map<string, PolicySet>();

  constructor(private readonly policies: KeptMap<Policy>, private readonly arn: (resource: string) => string, private readonly now: () => number) {}

  create(policyName: string, document: string | object): Policy {
    if (this.policies.has(policyName)) {
      throw new RegistryError('ResourceAlreadyExistsException', `Policy cannot be created - name already exists (name=${policyName})`);
    }
    const createdAt = this.now();
    const version = { id: '1', document: checked(document), createdAt };
    return this.put({
      policyName, arn: this.arn(`policy/${policyName}`), createdAt, modifiedAt: createdAt, defaultVersionId: '1', lastVersion: 1, versions: [version],
    });
  }

  get(policyName: string): Policy {
    const policy = this.policies.get(policyName);
    if (!policy) throw notFound('Policy', policyName);
    return policy;
  }

  has(policyName: string): boolean {
    return this.policies.has(policyName);
  }

  all(): Policy[] {
    return this.policies.values();
  }

  /** The document that counts. */
  documentOf(policyName: string): string {
    const policy = this.get(policyName);
    return this.version(policyName, policy.defaultVersionId).document;
  }

  version(policyName: string, id: string): PolicyVersion {
    const version = this.get(policyName).versions.find(known => known.id === id);
    if (!version) throw notFound(`Version ${id} of policy`, policyName);
    return version;
  }

  createVersion(policyName: string, document: string | object, asDefault: boolean): PolicyVersion {
    const policy = this.get(policyName);
    if (policy.versions.length >= MAX_VERSIONS) {
      throw new RegistryError('VersionsLimitExceededException', `The policy ${policyName} already has the maximum number of versions (${MAX_VERSIONS})`);
    }
    const version = { id: String(policy.lastVersion + 1), document: checked(document), createdAt: this.now() };
    this.put({
      ...policy,
      modifiedAt: version.createdAt,
      lastVersion: policy.lastVersion + 1,
      versions: [...policy.versions, version],
      defaultVersionId: asDefault ? version.id : policy.defaultVersionId,
    });
    return version;
  }

  setDefault(policyName: string, id: string): void {
    this.version(policyName, id);
    this.put({ ...this.get(policyName), defaultVersionId: id, modifiedAt: this.now() });
  }

  deleteVersion(policyName: string, id: string): void {
    const policy = this.get(policyName);
    this.version(policyName, id);
    if (policy.defaultVersionId === id) throw new RegistryError('DeleteConflictException', `Cannot delete the default version of a policy (name=${policyName})`);
    this.put({ ...policy, versions: policy.versions.filter(version => version.id !== id) });
  }

  delete(policyName: string): void {
    const { versions } = this.get(policyName);
    if (versions.length > 1) {
      throw new RegistryError('DeleteConflictException', `Cannot delete the policy because it has one or more policy versions attached to it (name=${policyName})`);
    }
    this.policies.delete(policyName);
    this.compiled.clear();
  }

  /** Compiled once for each set of policies, which for a fleet is one. */
  compile(policyNames: readonly string[]): PolicySet {
    const names = [...new Set(policyNames)].sort();
    const key = names.join('\n');
    let found = this.compiled.get(key);
    if (!found) this.compiled.set(key, found = PolicySet.compile(names.map(name => this.documentOf(name)), names));
    return found;
  }

  private put(policy: Policy): Policy {
    this.compiled.clear();
    return this.policies.set(policy.policyName, policy);
  }
}

/** @returns the document as text, as it was given */
function checked(document: string | object): string {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const length = text.replace(/\s/g, '').length;
  const malformed = (message: string) => new RegistryError('MalformedPolicyException', message);
  if (length > MAX_CHARACTERS) throw malformed(`The policy document has ${length} characters without white space, ${MAX_CHARACTERS} are allowed`);
  try {
    PolicySet.compile([text]);
  } catch (error) {
    if (error instanceof MalformedPolicyError) throw malformed(`The policy document is malformed: ${error.message}`);
    throw error;
  }
  return text;
}
