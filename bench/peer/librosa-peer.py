"""The peer of features.ts: librosa and resampy, one thread, as a Python program uses them.

Called with a file of float32 samples and their rate. Prints one line of JSON with the versions and the 193 features;
then, for each line on stdin, a number of runs, one line with the milliseconds of each.
"""

import json
import os
import sys
import time

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import resampy  # noqa: E402

RATE = 22050


def features(samples, rate):
    y = librosa.resample(samples, orig_sr=rate, target_sr=RATE, res_type="kaiser_fast")
    magnitude = np.abs(librosa.stft(y))
    parts = [
        librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=40),
        librosa.feature.chroma_stft(S=magnitude, sr=RATE),
        librosa.feature.melspectrogram(y=y, sr=RATE),
        librosa.feature.spectral_contrast(S=magnitude, sr=RATE),
        librosa.feature.tonnetz(y=librosa.effects.harmonic(y), sr=RATE),
    ]
    return np.hstack([part.mean(axis=1) for part in parts])


def main():
    samples = np.fromfile(sys.argv[1], dtype="<f4")
    rate = int(sys.argv[2])
    for _ in range(3):
        vector = features(samples, rate)
    versions = {"librosa": librosa.__version__, "resampy": resampy.__version__}
    print(json.dumps({**versions, "features": vector.tolist()}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            features(samples, rate)
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps(times), flush=True)


main()
