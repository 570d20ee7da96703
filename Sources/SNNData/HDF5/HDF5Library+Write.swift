#if HDF5
  import CHDF5

  extension HDF5Library {
    /// Builds the file in memory: then a full disk cannot leave libhdf5 with a half-written file that it can neither
    /// flush nor close.
    static func encode(_ document: consuming HDF5Document, file: String) throws(DataError) -> [UInt8] {
      var document = document
      return try locked { () throws(DataError) in
        let access = Handle(snn_h5p_file_access(), H5Pclose)
        H5Pset_fapl_core(access.id, 1 << 20, false)
        H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V18)
        H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG)
        let create = Handle(snn_h5p_file_create(), H5Pclose)
        H5Pset_obj_track_times(create.id, false)
        let target = Handle(snn_h5_create("snn.h5", create.id, access.id), H5Fclose)
        let writer = Writer(file: file, target: target.id)
        try writer.check(target.isOpen, "the file in memory")
        try writer.write(&document)
        try writer.check(H5Fflush(target.id, H5F_SCOPE_GLOBAL) >= 0, "flush")
        let size = H5Fget_file_image(target.id, nil, 0)
        try writer.check(size > 0, "image")
        var bytes = [UInt8](repeating: 0, count: size)
        try writer.check(H5Fget_file_image(target.id, &bytes, size) == size, "image")
        SuperblockChecksum.repair(&bytes)
        return bytes
      }
    }
  }

  private struct Writer {
    let file: String
    let target: hid_t

    func check(_ success: Bool, _ operation: String) throws(DataError) {
      guard success else {
        throw .cannotWrite(file: file, operation: operation, reason: HDF5Library.lastMessage())
      }
    }

    func write(_ document: inout HDF5Document) throws(DataError) {
      var groups: Set<String> = []
      for path in document.datasets.keys { groups.formUnion(HDF5Path.groups(above: path)) }
      for path in document.attributes.keys where path != "/" && document.datasets[path] == nil {
        groups.formUnion(HDF5Path.groups(above: path) + [path])
      }
      for path in (groups.union(document.datasets.keys)).sorted() {
        if groups.contains(path), document.datasets[path] != nil {
          throw .wrongKind(
            file: file, name: path, found: "a dataset and a group", expected: "one of them")
        }
        if let array = document.take(path) {
          try writeDataset(array, at: path)
        } else {
          try makeGroup(path)
        }
      }
      for (path, attributes) in document.attributes.sorted(by: { $0.key < $1.key }) {
        let object = Handle(snn_h5_open_object(target, path), H5Oclose)
        try check(object.isOpen, "open `\(path)`")
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
          try writeAttribute(name, value, of: object, path: path)
        }
      }
    }

    private func makeGroup(_ path: String) throws(DataError) {
      let create = Handle(snn_h5p_group_create(), H5Pclose)
      H5Pset_obj_track_times(create.id, false)
      let group = Handle(H5Gcreate2(target, path, 0, create.id, 0), H5Gclose)
      try check(group.isOpen, "group `\(path)`")
    }

    private func writeDataset(_ array: NDArray, at path: String) throws(DataError) {
      let create = Handle(snn_h5p_dataset_create(), H5Pclose)
      H5Pset_obj_track_times(create.id, false)
      H5Pset_fill_time(create.id, H5D_FILL_TIME_NEVER)
      let space = dataspace(array.shape)
      switch array.elements {
      case .text(let values):
        let texts = fixedTexts(values)
        let dataset = Handle(H5Dcreate2(target, path, texts.type.id, space.id, 0, create.id, 0), H5Dclose)
        try check(dataset.isOpen, "dataset `\(path)`")
        guard !values.isEmpty else { return }
        try check(H5Dwrite(dataset.id, texts.type.id, 0, 0, 0, texts.bytes) >= 0, "dataset `\(path)`")
      default:
        let (stored, memory) = numberTypes(array.elements)
        let dataset = Handle(H5Dcreate2(target, path, stored, space.id, 0, create.id, 0), H5Dclose)
        try check(dataset.isOpen, "dataset `\(path)`")
        guard array.count > 0 else { return }
        let status = withBytes(of: array.elements) { H5Dwrite(dataset.id, memory, 0, 0, 0, $0) }
        try check(status >= 0, "dataset `\(path)`")
      }
    }

    /// Texts are of fixed length: they lie inside the object's header, which has a checksum. Variable-length ones would
    /// lie in a heap without one, and libhdf5 reads past its end when a damaged file says so.
    private func writeAttribute(_ name: String, _ value: NDArray, of object: borrowing Handle, path: String)
      throws(DataError)
    {
      let space = dataspace(value.shape)
      if case .text(let values) = value.elements {
        let texts = fixedTexts(values)
        let attribute = Handle(H5Acreate2(object.id, name, texts.type.id, space.id, 0, 0), H5Aclose)
        try check(attribute.isOpen, "attribute `\(name)` of `\(path)`")
        guard !values.isEmpty else { return }
        try check(H5Awrite(attribute.id, texts.type.id, texts.bytes) >= 0, "attribute `\(name)` of `\(path)`")
      } else {
        let (stored, memory) = numberTypes(value.elements)
        let attribute = Handle(H5Acreate2(object.id, name, stored, space.id, 0, 0), H5Aclose)
        try check(attribute.isOpen, "attribute `\(name)` of `\(path)`")
        let status = withBytes(of: value.elements) { H5Awrite(attribute.id, memory, $0) }
        try check(status >= 0, "attribute `\(name)` of `\(path)`")
      }
    }

    private func dataspace(_ shape: [Int]) -> Handle {
      shape.isEmpty
        ? Handle(H5Screate(H5S_SCALAR), H5Sclose)
        : Handle(H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil), H5Sclose)
    }

    /// UTF-8, padded with NUL to the longest.
    private func fixedTexts(_ values: [String]) -> FixedTexts {
      let width = max(1, values.map(\.utf8.count).max() ?? 0)
      let type = Handle(H5Tcopy(snn_h5t_c_s1()), H5Tclose)
      H5Tset_size(type.id, width)
      H5Tset_cset(type.id, H5T_CSET_UTF8)
      H5Tset_strpad(type.id, H5T_STR_NULLPAD)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(values.count * width)
      for value in values {
        bytes += value.utf8
        bytes += repeatElement(0, count: width - value.utf8.count)
      }
      return FixedTexts(type: type, bytes: bytes)
    }

    private struct FixedTexts: ~Copyable {
      let type: Handle
      let bytes: [UInt8]
    }

    /// The type in the file (little-endian everywhere) and the one in memory.
    private func numberTypes(_ elements: NDArray.Elements) -> (stored: hid_t, memory: hid_t) {
      switch elements {
      case .float64: (snn_h5t_f64le(), snn_h5t_double())
      case .float32: (snn_h5t_f32le(), snn_h5t_float())
      case .int64: (snn_h5t_i64le(), snn_h5t_int64())
      case .int32: (snn_h5t_i32le(), snn_h5t_int32())
      case .uint8, .text: (snn_h5t_u8le(), snn_h5t_uint8())
      }
    }

    private func withBytes(of elements: NDArray.Elements, _ body: (UnsafeRawPointer?) -> herr_t)
      -> herr_t
    {
      switch elements {
      case .float64(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .float32(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .int64(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .int32(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .uint8(let values): values.withUnsafeBytes { body($0.baseAddress) }
      case .text: body(nil)
      }
    }
  }
#endif
