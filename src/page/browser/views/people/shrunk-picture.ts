/** Faces are found in pictures of this size; a telephone's are ten times as large. */
const mostSidePx = 1_600;
const jpegQuality = 0.92;

/** A picture file as JPEG in Base64, upright, and no larger than is looked at. Rejects where the browser cannot read it. */
export async function shrunkPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, mostSidePx / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const [, base64 = ''] = canvas.toDataURL('image/jpeg', jpegQuality).split(',');
  return base64;
}
