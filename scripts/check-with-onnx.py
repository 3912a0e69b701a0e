"""Holds ONNX files to the ONNX project's own checker, shape inference included.

    /usr/bin/python3 scripts/check-with-onnx.py model.onnx another.onnx

Needs Debian's python3-onnx. Prints one line for each file that fails; exits with 1 if any did.
"""

import sys

import onnx

failed = False
for path in sys.argv[1:]:
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:
        failed = True
        print(f"{path}: {' '.join(str(error).split())[:300]}")
print(f"onnx {onnx.__version__} checked {len(sys.argv) - 1} files")
sys.exit(failed)
