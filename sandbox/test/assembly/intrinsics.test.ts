import { Intrinsics, Scope } from '../../src/assembly/intrinsics';
import { templateOf } from '../../src/assembly/template';
import { Json } from '../../src/json';

const CONDITIONS = {
  Yes: { 'Fn::Equals': ['a', 'a'] },
  No: { 'Fn::Not': [{ Condition: 'Yes' }] },
  Both: { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ Condition: 'No' }] }] },
  Either: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
  InRegion: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
  Itself: { 'Fn::Not': [{ Condition: 'Itself' }] },
};

function intrinsics(): Intrinsics {
  const scope: Scope = {
    template: templateOf({ Resources: {}, Conditions: CONDITIONS, Mappings: { Sizes: { 'eu-west-1': { Small: '1', List: ['x', 'y'] } } } }, 'Plant.template.json'),
    pseudoParameters: { 'AWS::Region': 'eu-west-1', 'AWS::Partition': 'aws' },
    parameters: { Names: ['one', 'two'], Size: '5' },
    ref: id => id === 'Table' ? 'table-1' : undefined,
    attribute: (id, name) => ({ 'Table.Arn': 'arn:table', 'Nested.Outputs.Key': 'deep' } as { [key: string]: string })[`${id}.${name}`],
    exported: name => ({ shared: 'value' } as { [name: string]: string })[name],
  };
  return new Intrinsics(scope);
}
const resolve = (value: Json) => intrinsics().resolve(value, 'Here');

// Each case follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
test.each<[string, Json, Json | undefined]>([
  ['Ref of a resource', { Ref: 'Table' }, 'table-1'],
  ['Ref of a parameter', { Ref: 'Size' }, '5'],
  ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
  ['GetAtt as list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:table'],
  ['GetAtt as text', { 'Fn::GetAtt': 'Table.Arn' }, 'arn:table'],
  ['GetAtt of a name with dots', { 'Fn::GetAtt': ['Nested', 'Outputs.Key'] }, 'deep'],
  ['Sub with resources, attributes and pseudo parameters', { 'Fn::Sub': '${AWS::Partition}/${Table}/${Table.Arn}' }, 'aws/table-1/arn:table'],
  ['Sub with own variables, which win', { 'Fn::Sub': ['${Table}-${Own}', { Table: 'mine', Own: { Ref: 'Size' } }] }, 'mine-5'],
  ['Sub keeps what is written with an exclamation mark', { 'Fn::Sub': 'client/${!iot:Connection.Thing.ThingName}' }, 'client/${iot:Connection.Thing.ThingName}'],
  ['Sub does not evaluate what it has inserted', { 'Fn::Sub': ['${Own}', { Own: '${Table}' }] }, '${Table}'],
  ['Sub keeps dollar signs of what it inserts', { 'Fn::Sub': ['<${Own}>', { Own: '$& $1' }] }, '<$& $1>'],
  ['Join', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, 'x']] }, 'arn:aws:x'],
  ['Join of a list parameter', { 'Fn::Join': ['+', { Ref: 'Names' }] }, 'one+two'],
  ['Join leaves out NoValue', { 'Fn::Join': [',', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a,b'],
  ['Select by number', { 'Fn::Select': [1, ['a', 'b']] }, 'b'],
  ['Select by text', { 'Fn::Select': ['0', { Ref: 'Names' }] }, 'one'],
  ['Split', { 'Fn::Split': ['/', 'a/b//c'] }, ['a', 'b', '', 'c']],
  ['Select of Split', { 'Fn::Select': [2, { 'Fn::Split': ['/', 'https://host/path'] }] }, 'host'],
  ['If', { 'Fn::If': ['Yes', 'then', { Ref: 'NotEvaluated' }] }, 'then'],
  ['If otherwise', { 'Fn::If': ['No', { Ref: 'NotEvaluated' }, 'else'] }, 'else'],
  ['And', { 'Fn::If': ['Both', 1, 2] }, 1],
  ['Or', { 'Fn::If': ['Either', 1, 2] }, 1],
  ['Equals of a pseudo parameter', { 'Fn::If': ['InRegion', 1, 2] }, 1],
  ['NoValue removes a property', { a: { Ref: 'AWS::NoValue' }, b: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, c: null }, { c: null }],
  ['NoValue removes an item', ['a', { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }], ['a']],
  ['NoValue alone', { Ref: 'AWS::NoValue' }, undefined],
  ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'Small'] }, '1'],
  ['FindInMap of a list', { 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'List'] }, ['x', 'y']],
  ['FindInMap with a default', { 'Fn::FindInMap': ['Sizes', 'nowhere', 'Small', { DefaultValue: '9' }] }, '9'],
  ['Base64', { 'Fn::Base64': { 'Fn::Sub': 'ü${Size}' } }, 'w7w1'],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'shared' } }, 'value'],
  ['an object with Ref beside another key is data', { Ref: 'x', Other: 1 }, { Ref: 'x', Other: 1 }],
  ['a condition key in an IAM policy is data', { Condition: 'text' }, { Condition: 'text' }],
  ['everything else stays', [1, true, null, 'x', { y: [] }], [1, true, null, 'x', { y: [] }]],
])('%s', (_name, value, expected) => {
  expect(resolve(value)).toEqual(expected);
});

test.each<[string, Json, string]>([
  ['a resource that is not there', { Deep: [{ Ref: 'Tabel' }] }, "Here/Deep/0: there is no resource, parameter or pseudo parameter 'Tabel'"],
  ['a prototype name', { Ref: 'constructor' }, "Here: there is no resource, parameter or pseudo parameter 'constructor'"],
  ['an attribute that is not there', { 'Fn::GetAtt': ['Table', 'Nope'] }, "Here/Fn::GetAtt: 'Table' has no attribute 'Nope' here"],
  ['a variable that is not there', { 'Fn::Sub': '${Nope}' }, "Here/Fn::Sub at ${Nope}: there is no resource, parameter or pseudo parameter 'Nope'"],
  ['an unknown function', { 'Fn::Cidr': [] }, 'Here/Fn::Cidr: the function Fn::Cidr is not modelled'],
  ['an item past the end', { 'Fn::Select': [2, ['a', 'b']] }, 'Here/Fn::Select: there is no item 2 in a list of 2'],
  ['a list where a text is needed', { 'Fn::Join': ['', [['a']]] }, 'Here/Fn::Join/1/0: needs a text, got ["a"]'],
  ['a text where a list is needed', { 'Fn::Join': ['', 'a'] }, 'Here/Fn::Join/1: needs a list, got "a"'],
  ['a condition that is not there', { 'Fn::If': ['Nope', 1, 2] }, "Here/Fn::If: there is no condition 'Nope' in the template"],
  ['a condition that needs itself', { 'Fn::If': ['Itself', 1, 2] }, 'Conditions/Itself: refers to itself'],
  ['a mapping without the key', { 'Fn::FindInMap': ['Sizes', 'x', 'toString'] }, "Here/Fn::FindInMap: the mapping 'Sizes' has nothing for 'x' and 'toString'"],
  ['an export that is not there', { 'Fn::ImportValue': 'other' }, "Here/Fn::ImportValue: no stack that was deployed before exports 'other'"],
])('%s is an error that says where', (_name, value, message) => {
  expect(() => resolve(value)).toThrow(message);
});
