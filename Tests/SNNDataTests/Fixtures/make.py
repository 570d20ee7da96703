"""Makes the HDF5 files that the tests read, with h5py: files of another writer than ours."""

import h5py
import numpy as np

with h5py.File("kinds.h5", "w") as f:
    for name in ["int8", "int16", "int32", "int64"]:
        f["numbers/" + name] = np.array([-1, 0, 100], name)
    for name in ["uint8", "uint16", "uint32", "uint64"]:
        f["numbers/" + name] = np.array([0, 100, 255], name)
    for name in ["float16", "float32", "float64"]:
        f["numbers/" + name] = np.array([[0.5, -1.25], [0, 3]], name)
    f["numbers/big_endian"] = np.array([1.5, 2.5], ">f8")
    f["numbers/bool"] = np.array([True, False, True])
    f["numbers/too_big"] = np.array([2**64 - 1], "uint64")
    f["scalar"] = 2.5
    f["text/fixed"] = np.array([b"Space", b"A", b"Bc"])
    f["text/variable"] = ["alpha", "", "τ_mem"]
    f["cube"] = np.arange(24, dtype="float32").reshape(4, 3, 2)
    f["cube"].attrs["axes"] = "sample, time, unit"
    f["cube"].attrs["unit"] = "mV"
    f["cube"].attrs["step"] = 0.5
    f["cube"].attrs["list"] = np.array([1, 2, 3])
    f.create_dataset("packed", data=np.arange(1000).reshape(100, 10), chunks=(10, 10), compression="gzip")
    f["record"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    f["nothing"] = h5py.Empty("f8")
    f["group/self"] = f["group"] if "group" in f else f.create_group("group")
    f["group/dangling"] = h5py.SoftLink("/nowhere")
    f["group/outside"] = h5py.ExternalLink("other.h5", "/x")

with h5py.File("events.h5", "w") as f:
    times = f.create_dataset("spikes/times", (3,), h5py.vlen_dtype("float16"))
    units = f.create_dataset("spikes/units", (3,), h5py.vlen_dtype("uint16"))
    times[0], units[0] = np.array([0.125, 0.25, 0.5]), np.array([3, 699, 0])
    times[1], units[1] = np.array([]), np.array([])
    times[2], units[2] = np.array([0.0625]), np.array([7])
    f["labels"] = np.array([4, 0, 19], "uint16")
    f["extra/speaker"] = np.array([1, 2, 3], "uint16")
    f["extra/keys"] = np.array([b"zero", b"one"])
