import { createHash } from 'crypto';
import { readdirSync } from 'fs';
import * as path from 'path';
import { SecretState } from './secret';
import { AwsError } from '../account';
import { DurableFile } from '../durable-file';

/** Secrets, each in a file of its own that nobody else on the machine may read. */
export class SecretStore {
  private readonly secrets = new Map<string, SecretState>();

  constructor(private readonly folder: string) {
    for (const name of readdirSync(folder).filter(file => file.endsWith('.json'))) {
      const secret = new DurableFile<SecretState>(path.join(folder, name)).read();
      if (secret) this.secrets.set(secret.name, secret);
    }
  }

  get all(): SecretState[] {
    return [...this.secrets.values()];
  }

  /** @param id - name or ARN; the six characters at the end of an ARN may be left out */
  find(id: string): SecretState | undefined {
    if (!id.startsWith('arn:')) return this.secrets.get(id);
    const name = id.split(':').slice(6).join(':');
    return this.all.find(({ arn }) => arn === id) ?? this.secrets.get(name);
  }

  /** @throws AwsError ResourceNotFoundException */
  get(id: string): SecretState {
    const found = this.find(id);
    if (!found) throw new AwsError('ResourceNotFoundException', 'Secrets Manager can\'t find the specified secret.');
    return found;
  }

  /** It is on disk when this returns. */
  set(secret: SecretState): void {
    // Names may have slashes, and tell nothing when they are listed.
    const file = `${createHash('sha256').update(secret.name).digest('hex').slice(0, 32)}.json`;
    new DurableFile<SecretState>(path.join(this.folder, file)).write(secret);
    this.secrets.set(secret.name, secret);
  }
}

/** What Secrets Manager puts at the end of an ARN; here the same for the same name, so that a restart finds it. */
export function suffixOf(name: string): string {
  return createHash('sha512').update(name).digest('base64').replace(/[^A-Za-z0-9]/g, '').slice(0, 6);
}
