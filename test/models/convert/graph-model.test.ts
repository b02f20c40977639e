import { describe, expect, test } from 'bun:test';
import { readGraphModel } from '../../../src/models/convert/graph-model.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function model(attr: Record<string, unknown>): unknown {
  return {
    format: 'graph-model',
    modelTopology: { node: [{ name: 'conv', op: '_FusedConv2D', input: ['in:0', 'filter', 'bias'], attr }] },
    weightsManifest: [],
  };
}

describe('a graph model', () => {
  test('tells of each node what it reads, strides and fuses', () => {
    const attr = {
      padding: { s: base64('SAME') },
      strides: { list: { i: ['1', '2', '2', '1'] } },
      fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu')] } },
    };
    expect(readGraphModel('m.json', model(attr)).nodes.get('conv')).toEqual({
      name: 'conv',
      operator: '_FusedConv2D',
      inputs: ['in', 'filter', 'bias'],
      padding: 'SAME',
      stride: 2,
      kernelSize: 1,
      fusedOperators: ['BiasAdd', 'Relu'],
    });
  });

  test.each([
    [{ padding: { s: base64('EXPLICIT') } }, 'm.json: node conv pads by EXPLICIT'],
    [{ data_format: { s: base64('NCHW') } }, 'm.json: node conv is laid out as NCHW, not NHWC'],
    [{ dilations: { list: { i: ['1', '2', '2', '1'] } } }, 'm.json: node conv is dilated'],
    [{ strides: { list: { i: ['1', '2', '1', '1'] } } }, 'm.json: strides of conv are 1,2,1,1'],
    [{ padding: { s: 'not base64!' } }, 'm.json is not a graph model'],
  ])('with %j is refused, by file and node', (attr, message) => {
    expect(() => readGraphModel('m.json', model(attr))).toThrow(message);
  });

  test('of another format is refused', () => {
    expect(() => readGraphModel('m.json', { format: 'layers-model' })).toThrow('m.json is not a graph model');
  });
});
