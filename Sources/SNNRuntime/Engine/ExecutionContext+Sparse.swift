import CSNNKernels
import SNNIR

/// Sparse connections: sources ascending and their synapses in order, delays ascending where they differ.
extension ExecutionContext {
  func deliver(
    _ sparse: SparseCode, _ c: ConnectionCode, _ index: Int, _ delay: Int, _ into: BufferID, _ tick: Int
  ) {
    let row = rows[Int(into.index)]
    let to = address(into, tick: tick) + c.targetLow * row.elementBytes
    for list in sparse.lists where !list.isEmpty(c.sourceCount) {
      guard var spikes = self.list(c, tick: tick - (list.delay ?? delay)) else { continue }
      var synapses = list.raw(isUniform: uniform[index])
      program.lanes.raw.pointee.deliver_sparse(
        to, row.lanes, weights[index], &synapses, &spikes, c.low, c.high, samples)
    }
  }

  func outer(_ sparse: SparseCode, _ c: ConnectionCode, _ delay: Int, _ adjoint: BufferID, _ tick: Int) {
    guard let slot else { return }
    let row = rows[Int(adjoint.index)]
    let from = address(adjoint, tick: tick) + c.targetLow * row.elementBytes
    for list in sparse.lists where !list.isEmpty(c.sourceCount) {
      guard var spikes = self.list(c, tick: tick - (list.delay ?? delay)) else { continue }
      var synapses = list.raw()
      program.lanes.raw.pointee.outer_sparse(
        slot + c.gradientOffset, from, row.lanes, &synapses, &spikes, c.low, c.high, samples)
    }
  }
}
