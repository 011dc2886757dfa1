"""Packaging of two packages, seven commands and the trained weights."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="npcnn-emotion",
    version=re.search('__version__ = "(.+)"', (HERE / "emotion/__init__.py").read_text(encoding="utf-8"))[1],
    description="Facial emotion recognition with a convolutional network written from scratch in NumPy and Numba",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[*find_packages(include=["npcnn", "npcnn.*", "emotion", "emotion.*"]), "emotion.weights"],
    package_dir={"emotion.weights": "weights"},
    package_data={"emotion.weights": ["*.npz", "*.md"], "emotion.report": ["*.js"]},
    install_requires=["numpy>=1.26", "numba>=0.61", "opencv-python>=4.10,<5", "tqdm>=4.66"],
    extras_require={
        "test": ["pytest>=8", "pytest-xdist>=3.5", "scikit-image>=0.22"],
        "browser": ["selenium>=4.20"],
        "export": ["onnx>=1.16"],
        "archive": ["distributed>=2024.1", "pyarrow>=15"],
        "dev": ["onnxruntime>=1.17", "ruff>=0.17,<0.18"],
    },
    entry_points={
        "console_scripts": [
            "emotion-train = emotion.cli.entry_points:train",
            "emotion-predict = emotion.cli.entry_points:predict",
            "emotion-archive = emotion.cli.entry_points:archive",
            "emotion-evaluate = emotion.cli.entry_points:evaluate",
            "emotion-calibrate = emotion.cli.entry_points:calibrate",
            "emotion-export = emotion.cli.entry_points:export",
            "emotion-inspect-network = emotion.cli.entry_points:inspect_network",
        ]
    },
)
