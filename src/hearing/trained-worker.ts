import { serveModels } from '../models/serve-models.ts';
import { requestSchema, startSchema } from './trained-messages.ts';
import { openTrainedNetwork } from './trained-network.ts';

/** The thread that runs the trained network and computes its features; worker-trained-voices.ts is its other side. */

serveModels({
  start: startSchema,
  request: requestSchema,
  load: ({ folder }) => openTrainedNetwork(folder),
  ready: ({ pipelineId, labels, pieceMs }) => ({ pipelineId, labels, pieceMs }),
  run: async ({ call, sound }, network) => ({
    kind: 'classified',
    call,
    shares: await network.classify(sound),
  }),
});
