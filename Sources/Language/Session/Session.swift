import Charts
import Files
import Kernels
import Syntax
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How a session is set up.
package struct SessionOptions {
  package var seed: UInt64 = 0
  package var threads = 0
  package var memoryLimit: Int?
  package var arguments: [String] = []
  package var style = ChartStyle()
  package var isTerminal = false
  /// The folder that holds `data/`.
  package var home: String?
  /// The standard library's files.
  package var library: [SourceText] = []
  package init() {}
}

/// All that changes while programs run: variables, cells, fields, the random state, the engine with its plans and pools.
///
/// A session is used by one thread at a time. Every write to a captured variable, a field or a cell goes through `write`,
/// which notes the old value while a transaction is open.
package final class Session {
  /// What happens with the value of an expression statement at the top level.
  package enum Echo { case none, text, display }

  package let options: SessionOptions
  package let engine: Engine
  package var output: (String) -> Void = { text in print(text, terminator: "") }
  package var diagnostic: (String) -> Void = { text in try? appendText(text, path: "/dev/stderr") }
  /// Called before something is drawn over what stands there: the window may have changed.
  package var willDraw: () -> Void = {}
  package var readLine: () -> String? = { Swift.readLine(strippingNewline: true) }
  package var style: ChartStyle
  package var isTerminal: Bool
  /// Significant digits of numbers in texts.
  package var digits = 6
  package let arguments: [String]
  package let home: String?
  /// Seconds a run may take.
  package var timeLimit: Double?

  let journal = Journal()
  let collector = CycleCollector()
  let natives = Natives.shared
  private(set) lazy var machine = Machine(session: self)
  private(set) var module = Module(name: "main")
  let library = Module(name: "library", isLibrary: true)
  /// Where the library defines what, by name.
  private(set) var definitions: [String: (source: SourceText, place: DefinitionPlace)] = [:]
  private var codes: [Code] = []
  private var relays: [String: Code] = [:]
  private var echoMode = Echo.none
  /// The folder of the file that runs: a path is looked for there first.
  package var folder: String?
  /// What stands for the process's current folder, if anything does.
  package var currentFolder: String?
  /// The files under way of being imported, the one imported last at the end.
  var importing: [String] = []
  /// Where warnings were given: each place gives one.
  var warned: Set<UInt64> = []
  /// What is known of functions of the library: what they do beside computing.
  var effects: [String: Effect] = [:]
  /// What watches the parts of a model, while `summary` calls it.
  var observer: LayerObserver?
  /// Training mode: dropout and batch normalisation act.
  var isTraining = false
  /// Recordings that read cells take part in, innermost last.
  var cellRecordings: [CellRecording] = []
  /// Recordings opened so far, for `CellRecording.number`.
  var recordingCount = 0
  /// Derivatives by arguments under way.
  var openDerivatives = 0
  /// Whether a step is under way.
  var isStepping = false
  /// How far training has come in the present run.
  var progress = Progress()
  /// What is drawn in place in the present run.
  var watch: WatchPlace?
  /// The run that was interrupted last, until it goes on.
  private var suspension: Suspension?
  private var suspendedEcho = Echo.none
  /// What stopped it, and where; nil if there is nothing that could go on.
  package private(set) var interruption: GradusError?
  /// Texts written so far: a picture that is drawn in place must know whether something stands below it.
  private(set) var writeCount = 0
  /// The value of the last expression that was echoed in the present run.
  package private(set) var lastValue: Value?

  package init(_ options: SessionOptions) {
    self.options = options
    let threads = options.threads > 0 ? options.threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    engine = Engine(threads: threads, memoryLimit: options.memoryLimit)
    engine.randomSeed = options.seed
    style = options.style
    isTerminal = options.isTerminal
    arguments = options.arguments
    home = options.home
    for source in options.library {
      for place in Parser.index(of: source) { definitions[place.name] = (source, place) }
    }
  }

  /// A function knows its code, the code its module, and the module the function: values would live on.
  deinit {
    suspension = nil
    lastValue = nil
    cellRecordings = []
    observer = nil
    module.forgetValues()
    library.forgetValues()
    var cleared: Set<ObjectIdentifier> = []
    for code in codes where cleared.insert(ObjectIdentifier(code.module)).inserted { code.module.forgetValues() }
    collector.collect(running: []) { 0 }
  }

  // MARK: Running

  /// Parses all, then runs all; the first error ends it.
  package func run(_ source: SourceText, echo: Echo) throws(GradusError) {
    try run(Parser.parse(source), echo: echo)
  }

  package func run(_ program: Program, echo: Echo) throws(GradusError) {
    echoMode = echo
    lastValue = nil
    progress = Progress()
    engine.nonFinite.beginRun()
    let code = try Compiler.compile(program, in: module, session: self, echo: echo != .none)
    try guarded { _ = try machine.run(code) }
  }

  /// Goes on with the run that was interrupted last, after the last thing that it had done; a step that was under way is
  /// taken whole. Variables are as they are now, whatever was done meanwhile.
  package func resume() throws(GradusError) {
    guard let stopped = suspension else { throw GradusError(.value, "nothing was interrupted that could go on") }
    suspension = nil
    interruption = nil
    lastValue = nil
    echoMode = suspendedEcho
    progress = stopped.progress
    isTraining = stopped.isTraining
    openDerivatives = stopped.openDerivatives
    cellRecordings = stopped.cellRecordings
    machine.reinstate(stopped)
    try guarded { _ = try machine.execute(until: 0) }
  }

  /// Keeps what an interrupt stopped, instead of what it may have kept before.
  func keep(_ stopped: Suspension?) {
    if let suspension { machine.giveUp(suspension) }
    suspension = stopped
    suspendedEcho = echoMode
  }

  /// Runs something under the time limit, and says of an interrupt what it stopped.
  private func guarded(_ body: () throws -> Void) throws(GradusError) {
    let timer = timeLimit.map { Timer(seconds: $0) }
    defer {
      timer?.stop()
      // The time may have been over just when the run was.
      if timer?.hasFired == true { Interrupt.clear() }
      afterRun()
    }
    do {
      try body()
    } catch let error as GradusError {
      if error.kind == .interrupted {
        Interrupt.clear()
        var stopped = error
        if let note = progress.note { stopped.notes.append(note) }
        if timer?.hasFired == true {
          stopped.kind = .limit
          stopped.message = "the time limit of \(try text(seconds: timeLimit ?? 0)) s is over"
        }
        interruption = suspension == nil ? nil : stopped
        throw stopped
      }
      throw error
    } catch {
      throw GradusError(.value, "\(error)")
    }
  }

  private func text(seconds: Double) throws(GradusError) -> String {
    do { return try text(.number(seconds)) } catch { return "\(seconds)" }
  }

  /// An error may have left things open.
  private func afterRun() {
    machine.freeHiddenSlots()
    isTraining = false
    isStepping = false
    openDerivatives = 0
    importing = []
    observer = nil
    for recording in cellRecordings.reversed() { recording.close(self) }
    cellRecordings = []
    watch?.finish(self)
    watch = nil
    if machine.frames.count == 0 { collector.collectAfterRun { engine.bytesInUse } }
  }

  /// Writes to the output.
  func write(_ text: String) {
    writeCount += 1
    output(text)
  }

  /// Writes a warning or a line of progress.
  func tell(_ text: String) {
    writeCount += 1
    diagnostic(text)
  }

  /// Starts afresh: no variables, the first random state.
  package func reset() {
    keep(nil)
    interruption = nil
    afterRun()
    module.forgetValues()
    module = Module(name: "main")
    collector.collect(running: []) { engine.bytesInUse }
    engine.nonFinite.forget()
    engine.randomSeed = options.seed
    engine.randomCounter = 0
  }

  /// The seed of the random numbers; setting it begins them anew.
  package var seed: UInt64 {
    get { engine.randomSeed }
    set {
      engine.randomSeed = newValue
      engine.randomCounter = 0
    }
  }

  /// How far the random numbers have come.
  package var randomCounter: UInt64 { engine.randomCounter }

  /// The user's variables.
  package var variables: [(name: String, value: Value)] { module.bound.filter { !Session.isKeptValue($0.name) } }

  /// Binds a variable.
  package func bind(_ name: String, _ value: Value) { module.storage[module.slot(for: name)] = value }

  func finish(_ builder: CodeBuilder) throws(GradusError) -> Code {
    try builder.checkSize()
    return register(builder)
  }

  private func register(_ builder: CodeBuilder) -> Code {
    let code = Code(builder: builder, identifier: UInt32(codes.count + 1))
    codes.append(code)
    return code
  }

  /// Where a node was made.
  func place(ofSite site: UInt64) -> GradusError.Place? {
    instruction(ofSite: site).map { code, position in GradusError.Place(source: code.source, span: code.spans[position]) }
  }

  /// The instruction that a node was made at.
  func instruction(ofSite site: UInt64) -> (code: Code, position: Int)? {
    let identifier = Int(site >> 32)
    let pc = Int(site & 0xffff_ffff) - 1
    guard identifier > 0, identifier <= codes.count else { return nil }
    let code = codes[identifier - 1]
    guard code.spans.indices.contains(pc) else { return nil }
    return (code, pc)
  }

  /// Computes what may still fail by its data.
  func settle() throws {
    if engine.hasFallible { try engine.realizeFallible() }
  }

  func echo(_ value: Value) throws {
    switch value {
    case .nothing, .unbound: return
    case .external:
      try show(value)
      lastValue = value
    default:
      lastValue = value
      // All of what is shown is looked at.
      let level = engine.nonFinite.level
      engine.nonFinite.level = .everything
      defer { engine.nonFinite.level = level }
      switch echoMode {
      case .none: break
      case .text: write(try text(read(value)) + "\n")
      case .display:
        let shown = try display(value)
        write(shown.hasSuffix("\n") ? shown : shown + "\n")
      }
    }
  }

  /// Draws a picture that is left over.
  func show(_ value: Value) throws {
    guard case .external = value else { return }
    let shown = try display(value)
    if !shown.isEmpty { write(shown.hasSuffix("\n") ? shown : shown + "\n") }
  }

  /// A relative path means the file beside the one that runs, if there is one, else that in the current folder.
  func resolve(path: String) -> String {
    if path.hasPrefix("/") || path == "-" { return path }
    if let folder = namingFolder {
      let beside = folder + "/" + path
      if access(beside, F_OK) == 0 { return beside }
    }
    return currentFolder.map { $0 + "/" + path } ?? path
  }

  /// The folder of the file whose line is being run: that of an imported one while its functions run, else the program's.
  private var namingFolder: String? {
    for index in (0..<machine.frames.count).reversed() {
      let code = machine.frames[index].code
      if code.isLibrary { continue }
      if code.module === module { break }
      guard let slash = code.source.name.lastIndex(of: "/") else { return nil }
      return slash == code.source.name.startIndex ? "/" : String(code.source.name[..<slash])
    }
    return folder
  }

  /// Code that does nothing but hand on what arrives in its register, for host functions that need a frame.
  func relay(_ name: String) -> Code {
    if let known = relays[name] { return known }
    let builder = CodeBuilder(name: name, source: SourceText(name: "library", text: "", isLibrary: true), module: library)
    builder.nextRegister = 1
    builder.highestRegister = 1
    builder.emit(.returnValue, a: 0, Span(0, 0))
    let code = register(builder)
    relays[name] = code
    return code
  }
}

/// Asks for an interrupt when the time is over.
private final class Timer: @unchecked Sendable {
  private var thread = pthread_t()
  private var mutex = pthread_mutex_t()
  private var condition = pthread_cond_t()
  private var isStopped = false
  private(set) var hasFired = false
  private let seconds: Double

  init(seconds: Double) {
    self.seconds = seconds
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&condition, nil)
    let context = Unmanaged.passRetained(self).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Timer>.fromOpaque(context).takeRetainedValue().wait()
        return nil
      }, context)
  }

  private func wait() {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    let bounded = min(max(seconds, 0), 1e9)
    deadline.tv_sec += Int(bounded)
    deadline.tv_nsec += Int((bounded - bounded.rounded(.down)) * 1e9)
    if deadline.tv_nsec >= 1_000_000_000 {
      deadline.tv_nsec -= 1_000_000_000
      deadline.tv_sec += 1
    }
    pthread_mutex_lock(&mutex)
    while !isStopped {
      if pthread_cond_timedwait(&condition, &mutex, &deadline) == ETIMEDOUT {
        if !isStopped {
          hasFired = true
          Interrupt.request()
        }
        break
      }
    }
    pthread_mutex_unlock(&mutex)
  }

  func stop() {
    pthread_mutex_lock(&mutex)
    isStopped = true
    pthread_cond_signal(&condition)
    pthread_mutex_unlock(&mutex)
    pthread_join(thread, nil)
    pthread_cond_destroy(&condition)
    pthread_mutex_destroy(&mutex)
  }
}
