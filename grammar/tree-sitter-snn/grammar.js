/// <reference types="tree-sitter-cli/dsl" />
// The tree-sitter grammar of .snn files: for colours, folding and moving about. What is legal is said by ../snn.ebnf and
// by the compiler; this one takes a little more. The end of a line ends a statement, and this grammar sees it as blank
// space: its statements are told apart by how they begin.

const PREC = { conditional: 1, or: 2, and: 3, not: 4, compare: 5, range: 6, sum: 7, product: 8, at: 9, unary: 10, power: 11, call: 12 }

const list = (item) => seq(item, repeat(seq(',', item)), optional(','))
const block = ($, item) => seq('{', repeat(choice(item, ';', ',')), '}')

module.exports = grammar({
  name: 'snn',
  extras: ($) => [/\s/, $.comment, $.documentation],
  externals: ($) => [$.unit],
  word: ($) => $.identifier,
  conflicts: ($) => [[$.argument, $._expression], [$.flow, $._expression], [$.axis, $._expression]],

  rules: {
    source_file: ($) => repeat(choice($._declaration, ';')),

    documentation: (_) => token(prec(1, seq('///', /[^\n]*/))),
    comment: (_) => token(seq('//', /[^\n]*/)),

    _declaration: ($) => choice($.use, $.function, $.surrogate, $.neuron, $.synapse, $.network, $.task, $.sweep),

    use: ($) => seq('use', choice($.string, $.dotted_name)),
    function: ($) => seq('function', field('name', $.identifier), $.parameters, optional($.type), '=', $._expression),
    surrogate: ($) => seq('surrogate', field('name', $.identifier), $.parameters, choice('=', 'from'), $._expression),
    parameters: ($) => seq('(', optional(list($.formal)), ')'),
    formal: ($) => seq(field('name', $.identifier), optional($.type), optional(seq('=', $._expression))),

    // Neurons
    neuron: ($) => seq('neuron', field('name', $.identifier), choice($.neuron_block, seq('=', field('base', $.dotted_name),
      choice(seq('with', $.neuron_block), seq('without', 'spike'))))),
    neuron_block: ($) => block($, $._neuron_item),
    _neuron_item: ($) => choice($.param, $.let, $.state, $.flow, $.next, $.drive, $.spike_condition, $.handler,
      $.refractory, $.integrate, $.emit),
    param: ($) => prec.right(seq(optional('learnable'), 'param', field('name', $.identifier), optional($.type),
      optional($._initialiser), optional(seq('per', 'unit')), optional($.bounds))),
    state: ($) => prec.right(seq(optional('persistent'), 'state', field('name', $.identifier), optional($.type),
      optional($._initialiser))),
    let: ($) => seq('let', field('name', $.identifier), optional($.type), '=', $._expression),
    _initialiser: ($) => seq(choice('=', '~'), $._expression),
    bounds: ($) => prec.right(seq('in', choice(seq($._expression), seq('..', $._expression)))),
    flow: ($) => choice(
      seq(optional(seq($._expression, '*')), field('state', $.derivative), '=', $._expression),
      seq(optional(seq($._expression, '*')), field('state', $.identifier), "'", '=', $._expression)),
    derivative: (_) => token(prec(2, /d[\p{L}_][\p{L}\p{N}_]*[ \t]*\/[ \t]*dt/u)),
    next: ($) => seq('next', field('state', $.identifier), '=', choice($._expression, seq('next', $.identifier))),
    drive: ($) => prec.right(seq('drive', field('name', $.identifier), optional($.type))),
    spike_condition: ($) => seq('spike', choice(seq('when', $._expression, optional(seq('crosses', $._expression))),
      seq('with', choice('rate', 'probability'), $._expression))),
    handler: ($) => seq(optional(choice('replace', 'also')), 'on',
      choice('spike', seq(field('port', $.identifier), '(', field('binder', $.identifier), optional($.type), ')')), $.body),
    body: ($) => block($, $.assignment),
    assignment: ($) => seq($.dotted_name, choice('=', '+=', '-=', '*=', '/='), $._expression),
    refractory: ($) => prec.right(seq('refractory', $._expression, optional(seq('hold', $.identifier,
      repeat(seq(',', $.identifier)))))),
    integrate: ($) => prec.right(seq('integrate', field('method', $.identifier), optional($.arguments))),
    emit: ($) => seq('emit', $._expression),

    // Synapses
    synapse: ($) => seq('synapse', field('name', $.identifier), $.synapse_block),
    synapse_block: ($) => block($, choice($.param, $.let, $.trace, $.flow, $.next, $.event, $.deliver, $.weight_bounds,
      $.modulator)),
    trace: ($) => prec.right(seq(optional(choice('pre', 'post')), choice('trace', 'state'), field('name', $.identifier),
      optional($.type), optional($._initialiser))),
    event: ($) => seq('on', choice('pre', 'post', seq('every', $._expression)), $.body),
    deliver: ($) => seq('deliver', $._expression),
    weight_bounds: ($) => seq('weight', $.bounds),
    modulator: ($) => prec.right(seq('modulator', field('name', $.identifier), optional($.type))),

    // Networks
    network: ($) => seq('network', field('name', $.identifier), optional($.parameters),
      choice($.network_block, seq('=', $._expression))),
    network_block: ($) => block($, choice($.step, $.input, $.population, $.connect, $.part, $.signal, $.param, $.let)),
    step: ($) => seq('step', choice('exact', $._expression)),
    input: ($) => prec.right(seq('input', field('name', $.identifier), optional($.shape), $.type,
      optional($._place), optional(seq('=', $._expression)))),
    population: ($) => prec.right(seq('population', field('name', $.identifier), '=', field('model', $.dotted_name),
      optional($.shape), optional($.arguments), optional($._place))),
    _place: ($) => seq('at', $._expression),
    connect: ($) => prec.right(seq('connect', $._end, repeat(seq(',', $._end)), '->', $._end, repeat(seq(',', $._end)),
      optional(seq('as', field('name', $.identifier))), optional($.connect_block))),
    _end: ($) => prec(1, choice($.identifier, $.member, $.index, $.call)),
    connect_block: ($) => block($, choice($.pattern, $.no_self, $.weight, $.delay, $.sign, $.rule, $.current, $.dropout)),
    pattern: ($) => prec.right(seq('pattern', optional('from'), field('name', $.identifier), optional($.arguments))),
    no_self: (_) => seq('no', 'self'),
    weight: ($) => prec.right(seq(optional('learnable'), 'weight', optional($.type), $._initialiser, optional($.bounds))),
    delay: ($) => prec.right(seq(optional('learnable'), 'delay', $._initialiser, optional($.bounds))),
    sign: ($) => seq('sign', $.identifier),
    rule: ($) => prec.right(seq('rule', $.dotted_name, optional($.arguments))),
    current: ($) => seq('current', '=', $._expression),
    dropout: ($) => seq('dropout', optional('='), $._expression),
    part: ($) => prec.right(seq('part', field('name', $.identifier), '=', $.dotted_name, optional($.arguments))),
    signal: ($) => seq('signal', field('name', $.identifier), '=', $._expression),

    // Tasks
    task: ($) => seq('task', field('name', $.identifier), choice(seq('of', field('network', $.dotted_name),
      optional($.arguments), optional($._variant)), $._variant), $.task_block),
    _variant: ($) => seq('=', field('base', $.dotted_name), 'with'),
    task_block: ($) => block($, choice($.data, $.feed, $.run, $.loss, $.score, $.let, $.learn, $.optimise, $.record,
      $.plot, $.carry, $.freeze, $.validate, $.start, $.expect, $.setting)),
    data: ($) => seq('data', $.identifier, repeat(seq(',', $.identifier)), '=', $._expression),
    feed: ($) => seq('feed', $._expression, '=', $._expression),
    run: ($) => seq('run', 'for', $._expression),
    loss: ($) => seq('loss', '=', $._expression),
    score: ($) => seq('score', field('name', $.identifier), '=', $._expression),
    learn: ($) => prec.right(seq('learn', optional(seq($._expression, repeat(seq(',', $._expression)))),
      optional(seq('on', $.identifier)), 'by', field('rule', $.identifier), optional($.learn_block))),
    learn_block: ($) => block($, $.axis),
    axis: ($) => seq(field('key', $.identifier), optional($.dotted_name), '=', optional('every'), $._expression),
    optimise: ($) => prec.right(seq('optimise', field('optimiser', $.identifier), optional($.arguments))),
    record: ($) => prec.right(seq('record', $._expression, repeat(seq(',', $._expression)),
      optional(seq('every', $._expression)))),
    plot: ($) => prec.right(seq('plot', $._expression, repeat(seq(',', $._expression)))),
    carry: ($) => prec.right(seq('carry', 'state', optional(seq($.dotted_name, repeat(seq(',', $.dotted_name)))))),
    freeze: ($) => prec.right(seq('freeze', $.dotted_name, repeat(seq(',', $.dotted_name)))),
    validate: ($) => prec.right(seq('validate', 'on', $.identifier, optional(seq(',', 'keep', 'best', $.identifier)))),
    start: ($) => seq('start', 'from', $.dotted_name),
    expect: ($) => prec.right(seq('expect', $._expression, optional(seq('=~', $._expression, '+-', $._expression)))),
    setting: ($) => seq(field('key', choice('batch', 'epochs', 'seed', 'checkpoint', 'update', 'plasticity', 'clip',
      'schedule')), optional('='), optional('every'), $._expression),
    sweep: ($) => seq('sweep', field('name', $.identifier), 'of', $.dotted_name, $.sweep_block),
    sweep_block: ($) => block($, choice(seq($._expression, 'in', $._expression, optional('log')),
      seq('seeds', $._expression))),

    // Types
    type: ($) => seq(':', choice('?', prec.right(seq('spikes', optional($.shape))), $.dimension)),
    dimension: ($) => prec.right(seq(choice($._factor, $.number), repeat(seq(choice('*', '/'), $._factor)))),
    _factor: ($) => prec.right(seq($.identifier, optional(seq('^', optional('-'), $.number)))),
    shape: ($) => prec(1, seq(choice('[', token.immediate('[')), optional(list($._expression)), ']')),

    // Expressions
    _expression: ($) => choice($.conditional, $.binary, $.unary, $.range, $.at, $.as, $.call, $.index, $.member,
      $.reduction, $.quantity, $.string, $.boolean, $.hole, $.parenthesised, $.list, $.identifier, 'spike'),
    conditional: ($) => prec.right(PREC.conditional, seq('if', $._expression, 'then', $._expression, 'else', $._expression)),
    binary: ($) => choice(
      ...[['or', PREC.or], ['and', PREC.and], ['<', PREC.compare], ['<=', PREC.compare], ['>', PREC.compare],
        ['>=', PREC.compare], ['==', PREC.compare], ['!=', PREC.compare], ['+', PREC.sum], ['-', PREC.sum],
        ['*', PREC.product], ['/', PREC.product]].map(([operator, level]) =>
        prec.left(level, seq($._expression, field('operator', operator), $._expression))),
      prec.right(PREC.power, seq($._expression, field('operator', '^'), $._expression))),
    unary: ($) => choice(prec(PREC.unary, seq('-', $._expression)), prec(PREC.not, seq('not', $._expression))),
    range: ($) => prec.right(PREC.range, seq($._expression, choice('..', '..<'), optional($._expression))),
    at: ($) => prec.left(PREC.at, seq($._expression, 'at', $._expression)),
    as: ($) => prec.left(PREC.at, seq($._expression, 'as', $.unit)),
    call: ($) => prec(PREC.call, seq(field('function', $._expression), $.arguments)),
    index: ($) => prec(PREC.call, seq($._expression, token.immediate('['), list($._expression), ']')),
    member: ($) => prec(PREC.call, seq($._expression, '.', field('name', choice($.identifier, 'spike')))),
    arguments: ($) => seq(token.immediate('('), optional(list($.argument)), ')'),
    argument: ($) => choice($._expression, seq(optional('learnable'), field('label', $.identifier), optional($.shape),
      choice('=', '~'), $._expression, optional(seq('per', 'unit')))),
    reduction: ($) => prec.right(PREC.product, seq($.reducer, choice('time', 'units', 'samples', 'synapses', 'pre', 'post'), optional(seq('in', $._expression)),
      optional(seq('where', $._expression)), 'of', $._expression)),
    // One token: `max` and `first` alone are names.
    reducer: (_) => token(prec(1, /(max|min|sum|mean|last|first|integral)[ \t]+over/)),
    parenthesised: ($) => seq('(', $._expression, ')'),
    list: ($) => seq('[', optional(list($._expression)), ']'),
    hole: (_) => '?',
    boolean: (_) => choice('true', 'false'),

    quantity: ($) => prec.right(seq($.number, optional(choice('%', 'dt', $.unit)))),
    number: (_) => token(/[0-9][0-9_]*(\.[0-9_]+)?([eE][+-]?[0-9]+)?/),
    string: (_) => token(seq('"', repeat(choice(/[^"\\\n]/, /\\[nt"\\]/)), '"')),
    dotted_name: ($) => prec.left(seq($.identifier, repeat(seq('.', choice($.identifier, 'spike'))))),
    identifier: (_) => /[\p{L}_][\p{L}\p{N}_]*/u,
  },
})
