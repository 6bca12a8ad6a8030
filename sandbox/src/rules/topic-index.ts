interface Node<T> {
  readonly levels: Map<string, Node<T>>;
  /** Filters that end here. */
  readonly exact: T[];
  /** Filters that end with `#` below here. */
  readonly open: T[];
}

/**
 * Finds what listens on a topic by walking its levels, so that many filters cost no more than a few.
 *
 * As in `compileTopicFilter`: `a/#` does not match `a`, and a wildcard at the beginning does not match topics that begin with `$`.
 */
export class TopicIndex<T> {
  private readonly root = nodeOf<T>();

  add(topicFilter: string, listener: T): void {
    let node = this.root;
    for (const level of topicFilter.split('/')) {
      if (level === '#') return void node.open.push(listener);
      let next = node.levels.get(level);
      if (!next) node.levels.set(level, next = nodeOf());
      node = next;
    }
    node.exact.push(listener);
  }

  find(topic: string): T[] {
    const found: T[] = [];
    visit(this.root, topic.split('/'), 0, found);
    return found;
  }
}

function visit<T>(node: Node<T>, levels: readonly string[], at: number, found: T[]): void {
  if (at === levels.length) {
    found.push(...node.exact);
    return;
  }
  const wildcards = at > 0 || !levels[0].startsWith('$');
  if (wildcards) found.push(...node.open);
  const named = node.levels.get(levels[at]);
  // A level of the topic that is `+` itself would find the wildcard twice.
  if (named && levels[at] !== '+') visit(named, levels, at + 1, found);
  const any = wildcards ? node.levels.get('+') : undefined;
  if (any) visit(any, levels, at + 1, found);
}

function nodeOf<T>(): Node<T> {
  return { levels: new Map(), exact: [], open: [] };
}
