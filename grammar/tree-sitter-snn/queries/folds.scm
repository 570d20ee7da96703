[(neuron_block) (synapse_block) (network_block) (task_block) (connect_block) (learn_block) (sweep_block) (body)] @fold
