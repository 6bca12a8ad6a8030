import { AwsError } from '../account';

export interface SecretVersion {
  readonly id: string;
  readonly stages: readonly string[];
  readonly createdAt: number;
  readonly text?: string;
  /** Base64. */
  readonly binary?: string;
}

/** A secret as its file has it. */
export interface SecretState {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Digest of what the template says of the value: another value in the template makes a new version. */
  readonly fromTemplate?: string;
  readonly versions: readonly SecretVersion[];
}

export type SecretValue = Pick<SecretVersion, 'text' | 'binary'>;

const CURRENT = 'AWSCURRENT';
const PREVIOUS = 'AWSPREVIOUS';
/** Versions without a label are kept up to here. https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAXIMUM_VERSIONS = 100;

/**
 * The secret with another version, and the labels moved to it.
 *
 * @param id - the same id with the same value changes nothing
 * @throws AwsError ResourceExistsException where the id has another value
 */
export function withVersion(secret: SecretState, id: string, value: SecretValue, stages: readonly string[], now: number): SecretState {
  const known = secret.versions.find(version => version.id === id);
  if (known) {
    if (known.text === value.text && known.binary === value.binary) return secret;
    throw new AwsError('ResourceExistsException', `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`);
  }
  const wanted = secret.versions.some(({ stages: labels }) => labels.includes(CURRENT)) ? stages : [...new Set([...stages, CURRENT])];
  const added: SecretState = { ...secret, changedAt: now, versions: [...secret.versions, { id, stages: [], createdAt: now, ...value }] };
  const moved = wanted.reduce((state, stage) => withStage(state, stage, id), added);
  const tooMany = Math.max(0, moved.versions.length - MAXIMUM_VERSIONS);
  const unlabelled = moved.versions.filter(({ stages: labels }) => labels.length === 0).slice(0, tooMany);
  return { ...moved, versions: moved.versions.filter(version => !unlabelled.includes(version)) };
}

/** Moves a label as UpdateSecretVersionStage does. @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
export function withMovedStage(secret: SecretState, stage: string, to: string | undefined, from: string | undefined, now: number): SecretState {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage))?.id;
  for (const id of [to, from]) {
    if (id !== undefined && !secret.versions.some(version => version.id === id)) {
      throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret version: ${id}.`);
    }
  }
  if (stage === CURRENT && to === undefined) {
    throw invalid('You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.');
  }
  if (holder !== undefined && holder !== to && from !== holder) {
    const given = from === undefined ? 'can\'t be empty' : 'is wrong';
    throw invalid(`The parameter RemoveFromVersionId ${given}. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`);
  }
  return { ...withStage(secret, stage, to), changedAt: now };
}

/** Where `AWSCURRENT` goes, the version that had it gets `AWSPREVIOUS`. */
function withStage(secret: SecretState, stage: string, to: string | undefined): SecretState {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage))?.id;
  const moved = {
    ...secret,
    versions: secret.versions.map(version => {
      const others = version.stages.filter(label => label !== stage);
      return { ...version, stages: version.id === to ? [...others, stage] : others };
    }),
  };
  return stage === CURRENT && holder !== undefined && holder !== to ? withStage(moved, PREVIOUS, holder) : moved;
}

/** @throws AwsError ResourceNotFoundException where there is no such version */
export function versionOf(secret: SecretState, id: string | undefined, stage: string | undefined): SecretVersion {
  const label = stage ?? (id === undefined ? CURRENT : undefined);
  const found = secret.versions.find(version => (id === undefined || version.id === id) && (label === undefined || version.stages.includes(label)));
  if (found) return found;
  const what = label === undefined ? `VersionId: ${id}` : `staging label: ${label}`;
  throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
