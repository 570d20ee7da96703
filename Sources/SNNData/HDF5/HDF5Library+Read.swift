#if HDF5
  import CHDF5

  extension HDF5Library {
    static func read(_ id: Int64, file: String, name: String, rows: Range<Int>?) throws(DataError)
      -> NDArray
    {
      try locked { () throws(DataError) in
        let dataset = try openDataset(id, file: file, name: name)
        let space = Handle(H5Dget_space(dataset.id), H5Sclose)
        var shape = try extent(of: space, file: file, name: name)
        var memory = Handle(0, keepOpen)
        if let rows {
          memory = try select(rows, of: space, shape: &shape, file: file, name: name)
        }
        let type = Handle(H5Dget_type(dataset.id), H5Tclose)
        let transfer = Transfer(
          file: file, name: name, count: shape.reduce(1, *),
          memorySpace: memory.id, fileSpace: rows == nil ? 0 : space.id
        ) { [object = dataset.id] type, memory, fileSpace, buffer in
          H5Dread(object, type, memory, fileSpace, 0, buffer)
        }
        var array = NDArray(unchecked: shape, try transfer.elements(of: type))
        array.unit = try attributeText("unit", of: dataset, file: file)
        if let axes = try attributeText("axes", of: dataset, file: file) {
          let names = axes.split(separator: ",").map {
            String($0.drop { $0 == " " }.prefix { $0 != " " })
          }
          if names.count == shape.count { array.axes = names }
        }
        return array
      }
    }

    /// Selects rows of the first axis in the file's space; the result is the space of what is read.
    static func select(
      _ rows: Range<Int>, of space: borrowing Handle, shape: inout [Int], file: String, name: String
    ) throws(DataError) -> Handle {
      guard let length = shape.first else {
        throw .wrongRank(file: file, name: name, shape: shape, expected: "at least one axis")
      }
      guard rows.lowerBound >= 0, rows.upperBound <= length else {
        throw .outOfRange(
          file: file, name: "`\(name)`",
          index: rows.lowerBound < 0 ? rows.lowerBound : rows.upperBound - 1,
          allowed: 0..<length)
      }
      shape[0] = rows.count
      var start = [hsize_t](repeating: 0, count: shape.count)
      start[0] = hsize_t(rows.lowerBound)
      let lengths = shape.map { hsize_t($0) }
      if rows.isEmpty {
        H5Sselect_none(space.id)
      } else {
        H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, lengths, nil)
      }
      return Handle(H5Screate_simple(Int32(shape.count), lengths, nil), H5Sclose)
    }

    static let keepOpen: @Sendable (hid_t) -> herr_t = { _ in 0 }
  }

  /// Reads the elements of a dataset or attribute, whichever `read` stands for, into the type that suits the file's.
  struct Transfer {
    let file: String
    let name: String
    let count: Int
    let memorySpace: hid_t
    let fileSpace: hid_t
    let read: (_ type: hid_t, _ memory: hid_t, _ file: hid_t, _ buffer: UnsafeMutableRawPointer?) -> herr_t

    func elements(of type: borrowing Handle) throws(DataError) -> NDArray.Elements {
      let size = H5Tget_size(type.id)
      switch H5Tget_class(type.id) {
      case H5T_FLOAT:
        return size <= 4
          ? .float32(try values(as: snn_h5t_float(), 0))
          : .float64(try values(as: snn_h5t_double(), 0))
      case H5T_ENUM: return .int32(try values(as: snn_h5t_int32(), 0))
      case H5T_INTEGER:
        let signed = H5Tget_sign(type.id) != H5T_SGN_NONE
        switch (size, signed) {
        case (1, false): return .uint8(try values(as: snn_h5t_uint8(), 0))
        case (1, true), (2, _), (4, true): return .int32(try values(as: snn_h5t_int32(), 0))
        case (4, false), (8, true): return .int64(try values(as: snn_h5t_int64(), 0))
        case (8, false): return .int64(try narrowed(values(as: snn_h5t_uint64(), 0)))
        default: throw wrongType("integers of \(size) bytes")
        }
      case H5T_STRING:
        return .text(
          H5Tis_variable_str(type.id) > 0
            ? try variableTexts(type) : try fixedTexts(type, size: size))
      case H5T_VLEN: throw wrongType("lists of different lengths")
      case H5T_COMPOUND: throw wrongType("records of several values")
      case H5T_REFERENCE: throw wrongType("references")
      default: throw wrongType("elements of a kind that is not numbers and not text")
      }
    }

    private func wrongType(_ found: String) -> DataError {
      .wrongType(file: file, name: name, found: found, expected: "numbers or text")
    }

    func values<Value>(as type: hid_t, _ zero: Value) throws(DataError) -> [Value] {
      var result = [Value](repeating: zero, count: count)
      let status = result.withUnsafeMutableBytes {
        read(type, memorySpace, fileSpace, $0.baseAddress)
      }
      guard status >= 0 || count == 0 else {
        throw .corrupt(file: file, detail: "`\(name)`: \(HDF5Library.lastMessage())")
      }
      return result
    }

    private func narrowed(_ values: [UInt64]) throws(DataError) -> [Int64] {
      var result: [Int64] = []
      result.reserveCapacity(values.count)
      for value in values {
        guard let narrow = Int64(exactly: value) else {
          throw wrongType("the integer \(value), beyond 2^63 - 1")
        }
        result.append(narrow)
      }
      return result
    }

    private func fixedTexts(_ type: borrowing Handle, size: Int) throws(DataError) -> [String] {
      let (total, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, total <= FileBytes.memory / 4 else {
        throw .tooLarge(file: file, name: name, shape: [count, size])
      }
      let padded = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
      var bytes = [UInt8](repeating: 0, count: total)
      let status = bytes.withUnsafeMutableBytes {
        read(type.id, memorySpace, fileSpace, $0.baseAddress)
      }
      guard status >= 0 || count == 0 else {
        throw .corrupt(file: file, detail: "`\(name)`: \(HDF5Library.lastMessage())")
      }
      return (0..<count).map { index in
        var text = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
        if padded { while text.last == UInt8(ascii: " ") { text.removeLast() } }
        return String(decoding: text, as: UTF8.self)
      }
    }

    private func variableTexts(_ type: borrowing Handle) throws(DataError) -> [String] {
      let memory = Handle(H5Tcopy(type.id), H5Tclose)
      let pointers: [UnsafeMutablePointer<CChar>?] = try values(as: memory.id, nil)
      // The library allocated each text.
      defer { for pointer in pointers { if let pointer { H5free_memory(pointer) } } }
      return pointers.map { pointer in pointer.map { String(cString: $0) } ?? "" }
    }
  }
#endif
