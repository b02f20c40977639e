import { PrincipalComponents } from './principal-components.ts';
import { checkFaces, type FaceRecogniser, type LabelledFaces, nearestRow } from './recogniser.ts';

/**
 * Eigenfaces as OpenCV's face module has them: the picture learnt from that is nearest in the space of the
 * principal components. All components are kept where no count is given, as there; but not those without variance,
 * where OpenCV keeps one whose direction is rounding noise, so that its distances then differ by up to two percent.
 * Throws TrainingError without a picture.
 */
export function trainEigenfaces(training: LabelledFaces, components?: number): FaceRecogniser {
  checkFaces(training);
  const { labels } = training;
  const space = new PrincipalComponents(training.faces, components);
  return {
    sizeBytes: space.sizeBytes + 8 * labels.length * space.count,
    nearest: (face) => nearestRow(space.coordinates, labels, space.project(face)),
  };
}
