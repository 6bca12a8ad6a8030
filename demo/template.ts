/** A resource of a synthesized template, with its construct path. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  /** Construct path below the stack, such as `Zone/ThingPolicy/Policy`. */
  readonly path: string;
  readonly properties: Record<string, any>;
}

const PSEUDO: Record<string, string> = {
  'AWS::Partition': 'aws', 'AWS::Region': '<region>', 'AWS::AccountId': '<account>', 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': '<stack>',
};

/** A synthesized template as a person reads it: paths for logical ids, text for joins. */
export class ReadableTemplate {
  readonly resources: Resource[];

  constructor(private readonly template: Record<string, any>) {
    this.resources = Object.entries<any>(template.Resources ?? {}).map(([id, { Type, Properties, Metadata }]) => ({
      id,
      type: Type,
      path: String(Metadata?.['aws:cdk:path'] ?? id).split('/').slice(1).join('/').replace(/\/(Resource|Default)$/, ''),
      properties: Properties ?? {},
    }));
  }

  get outputs(): { name: string; description: string }[] {
    return Object.entries<any>(this.template.Outputs ?? {}).map(([name, { Description }]) => ({ name, description: Description ?? '' }));
  }

  of(type: string): Resource[] {
    return this.resources.filter(resource => resource.type === type);
  }

  /** The text of a value, with references written as `{path}`. */
  text(value: any): string {
    if (value === null || typeof value !== 'object') return String(value);
    if (Array.isArray(value)) return value.map(item => this.text(item)).join(', ');
    if ('Ref' in value) return PSEUDO[value.Ref] ?? this.nameOf(value.Ref);
    if ('Fn::GetAtt' in value) return this.nameOf(value['Fn::GetAtt'][0]);
    if ('Fn::Join' in value) return value['Fn::Join'][1].map((part: any) => this.text(part)).join(value['Fn::Join'][0]);
    if ('Fn::Sub' in value) return String(value['Fn::Sub']);
    return JSON.stringify(value);
  }

  private nameOf(id: string): string {
    return `{${this.resources.find(resource => resource.id === id)?.path ?? id}}`;
  }
}
