#if HDF5
  import CHDF5

  extension HDF5Library {
    static func attribute(_ id: Int64, file: String, name: String, attribute: String)
      throws(DataError) -> NDArray?
    {
      try locked { () throws(DataError) in
        let object = try openObject(id, file: file, name: name)
        guard H5Aexists(object.id, attribute) > 0 else { return nil }
        return try readAttribute(attribute, of: object, file: file)
      }
    }

    static func attributes(_ id: Int64, file: String, name: String) throws(DataError) -> [String:
      NDArray]
    {
      try locked { () throws(DataError) in
        let object = try openObject(id, file: file, name: name)
        var result: [String: NDArray] = [:]
        for index in 0..<hsize_t(max(0, H5Aget_num_attrs(object.id))) {
          let found = Handle(
            H5Aopen_by_idx(object.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, 0, 0), H5Aclose)
          guard found.isOpen, let key = text({ H5Aget_name(found.id, $1, $0) }) else { continue }
          do throws(DataError) {
            result[key] = try readAttribute(key, of: object, file: file)
          } catch {
            if case .wrongType = error { continue }
            if case .empty = error { continue }
            throw error
          }
        }
        return result
      }
    }

    /// The text of an attribute; nil when there is none or it is no single text.
    static func attributeText(_ attribute: String, of object: borrowing Handle, file: String)
      throws(DataError)
      -> String?
    {
      guard H5Aexists(object.id, attribute) > 0 else { return nil }
      let texts = try? readAttribute(attribute, of: object, file: file).texts()
      return texts?.count == 1 ? texts?[0] : nil
    }

    private static func openObject(_ id: Int64, file: String, name: String) throws(DataError)
      -> Handle
    {
      let object = Handle(snn_h5_open_object(id, name), H5Oclose)
      guard object.isOpen else {
        throw .missing(
          file: file, kind: "group or dataset", name: name,
          available: unlockedEntries(id, under: "/").map(\.path))
      }
      return object
    }

    private static func readAttribute(
      _ attribute: String, of object: borrowing Handle, file: String
    ) throws(DataError)
      -> NDArray
    {
      let found = Handle(H5Aopen(object.id, attribute, 0), H5Aclose)
      guard found.isOpen else {
        throw .corrupt(file: file, detail: "attribute `\(attribute)`: \(lastMessage())")
      }
      let type = Handle(H5Aget_type(found.id), H5Tclose)
      let shape = try extent(
        of: Handle(H5Aget_space(found.id), H5Sclose), file: file, name: attribute)
      let transfer = Transfer(
        file: file, name: attribute, count: shape.reduce(1, *), memorySpace: 0, fileSpace: 0
      ) { [id = found.id] type, _, _, buffer in
        H5Aread(id, type, buffer)
      }
      return NDArray(unchecked: shape, try transfer.elements(of: type))
    }
  }
#endif
