//! The command line's grammar and help.
//!
//! Where CPython has a command of the same purpose, the options are CPython's:
//! `-m tokenize`, `-m ast`, `-m symtable`, `-m dis`, and `python3.14` itself.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use vitrine_bytecode::target::Target;
use vitrine_syntax::target_version::{VERSIONS, minor_of};

/// Python's execution model behind glass.
#[derive(Debug, Parser)]
#[command(
    name = "vitrine",
    version,
    about = "Python's execution model behind glass: tokens, tree, scopes, bytecode, values, pitfalls",
    long_about = "Vitrine shows what CPython 3.14 makes of a Python file - its tokens, tree, scopes and bytecode - \
                  runs it in a sandboxed machine of its own, and reports late-binding and mutable-default pitfalls \
                  with evidence from a run.",
    after_help = "Start with:\n  vitrine check --evidence FILE   what will surprise you, and what a run showed\n  \
                  vitrine run FILE                run it, without access to anything you did not grant\n  \
                  vitrine dis FILE                the bytecode CPython 3.14 would run\n\n\
                  FILE may be `-` for standard input. `vitrine help COMMAND` says more.",
    disable_help_subcommand = false,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Print the licences of everything that is inside this program
    #[arg(long, exclusive = true)]
    pub(crate) licenses: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the tokens of a file, as `python3.14 -m tokenize` does
    Tokens(Tokens),
    /// Show the syntax tree of a file, as `python3.14 -m ast` does
    Ast(Ast),
    /// Show the symbol tables of a file, as `python3.14 -m symtable` does
    Symtable(Symtable),
    /// Show the bytecode of a file, as `python3.14 -m dis` does
    #[command(after_help = DIS_HELP)]
    Dis(Dis),
    /// Compile files and directories to `.pyc`, as `python3.14 -m compileall` does
    #[command(after_help = COMPILE_HELP)]
    Compile(Compile),
    /// Run a program in the sandbox
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Find late-binding closures and mutable defaults that go wrong
    #[command(after_help = CHECK_HELP)]
    Check(Check),
    /// Serve an editor: the Language Server Protocol on standard input and output
    Server(Server),
    /// Evaluate cells for the language server: JSON lines on standard input and output
    Kernel(Kernel),
}

const RUN_HELP: &str = "\
A program may compute and print. Everything else must be granted: without a grant, opening a file, \
reading the environment and the like raise a PermissionError that names the missing flag.

Examples:
  vitrine run program.py one two
  vitrine run -c 'print(6 * 7)'
  vitrine run --allow-read=data --timeout 10 program.py
  vitrine run -m this";

const DIS_HELP: &str = "\
FILE is a source or a .pyc file. Without options the text is CPython's own, to the byte (but for the \
addresses of code objects).

Examples:
  vitrine dis program.py                       as python3.14 -m dis
  vitrine dis --source --stack program.py      what each expression becomes, and what it leaves on the stack
  vitrine dis --explain --function C.method program.py
  vitrine dis --diff 2 program.py              what -OO leaves out
  vitrine dis --target 3.15 program.py         as python3.15 -m dis
  vitrine dis --diff 3.13 program.py           what 3.13 did otherwise
  vitrine dis --diff old.py new.py
  vitrine dis --stage cfg program.py           basic blocks, before anything is optimized
  vitrine dis __pycache__/program.cpython-314.pyc";

const COMPILE_HELP: &str = "\
Writes __pycache__/NAME.cpython-314.pyc beside each source, with the bytes that CPython 3.14's py_compile \
writes; CPython and `vitrine run` import them. A file whose .pyc is up to date is left alone (-f compiles it \
all the same). What is done is listed on a terminal only; errors always are.

Exit status: 0 all is compiled, 1 a file could not be, 2 the command makes no sense.

Examples:
  vitrine compile src
  vitrine compile -q -o 0 -o 2 --invalidation-mode unchecked-hash src
  vitrine compile -b -d /usr/lib/app build/app   sourceless files, with the installed paths inside
  vitrine compile --json -f module.py";

const CHECK_HELP: &str = "\
Exit status: 0 nothing found, 1 pitfalls or syntax errors found, 2 the check itself failed.

Silence one finding with `# noqa: B023` or `# vitrine: ignore[late-binding-closure]` on its line.

Examples:
  vitrine check src
  vitrine check --evidence docs/tour
  vitrine check --output-format github .";

/// What to look at: a file, standard input, or code given in place.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// The file to read; `-` or nothing for standard input
    #[arg(value_name = "FILE", conflicts_with = "code")]
    pub(crate) file: Option<PathBuf>,
    /// Take CODE instead of a file
    #[arg(short = 'c', value_name = "CODE")]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Tokens {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Name operators exactly (PLUS instead of OP)
    #[arg(short, long)]
    pub(crate) exact: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ast {
    #[command(flatten)]
    pub(crate) input: Input,
    /// What kind of code it is
    #[arg(short, long, value_enum, default_value_t = Mode::Exec)]
    pub(crate) mode: Mode,
    /// Leave type comments (`# type: ...`) out
    #[arg(long)]
    pub(crate) no_type_comments: bool,
    /// Refuse what CPython 3.14 refuses for this version: `ast.parse(feature_version=...)`
    #[arg(long, value_name = "VERSION", value_parser = feature_version)]
    pub(crate) feature_version: Option<u8>,
    /// Refuse all syntax that this version lacks (3.8 to 3.15), and accept what 3.15 adds
    #[arg(long, value_name = "VERSION", value_parser = minor_version, conflicts_with = "feature_version", help_heading = "Beyond CPython")]
    pub(crate) target_version: Option<u8>,
    /// Include line numbers and column offsets
    #[arg(short = 'a', long)]
    pub(crate) include_attributes: bool,
    /// Spaces of indentation per level
    #[arg(short, long, default_value_t = 3)]
    pub(crate) indent: usize,
    /// Show what is compiled at this level: from 1 on constants folded, at 2 no docstrings
    #[arg(short = 'O', long, value_name = "LEVEL", default_value_t = -1, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-1..=2))]
    pub(crate) optimize: i8,
    /// Show empty lists and fields that are None
    #[arg(long)]
    pub(crate) show_empty: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// A file of statements
    Exec,
    /// One interactive statement
    Single,
    /// One expression
    Eval,
    /// A signature as in a type comment: `(int, str) -> None`
    #[value(name = "func_type")]
    FuncType,
}

#[derive(Debug, Args)]
pub(crate) struct Symtable {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Dis {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Show inline caches
    #[arg(short = 'C', long)]
    pub(crate) show_caches: bool,
    /// Show instruction offsets
    #[arg(short = 'O', long)]
    pub(crate) show_offsets: bool,
    /// Show instruction positions
    #[arg(short = 'P', long)]
    pub(crate) show_positions: bool,
    /// Show specialized bytecode; before a program runs there is none
    #[arg(short = 'S', long)]
    pub(crate) specialized: bool,
    /// Show the stack before and after each instruction, in the words of the source
    #[arg(long, help_heading = "Beyond CPython")]
    pub(crate) stack: bool,
    /// Show the source above its instructions, the columns underlined
    #[arg(long, help_heading = "Beyond CPython")]
    pub(crate) source: bool,
    /// Say below each instruction what it does
    #[arg(long, help_heading = "Beyond CPython")]
    pub(crate) explain: bool,
    /// Show one function or class, by its dotted name (`Class.method`, `f.<locals>.g`)
    #[arg(long, value_name = "NAME", help_heading = "Beyond CPython")]
    pub(crate) function: Option<String>,
    /// Compare with another file, optimization level (0, 1, 2) or version (3.13, 3.15)
    #[arg(long, value_name = "OTHER", help_heading = "Beyond CPython", conflicts_with_all = ["stack", "source", "explain", "stage", "json"])]
    pub(crate) diff: Option<String>,
    /// Show the code between two passes of the compiler
    #[arg(long, value_enum, help_heading = "Beyond CPython", conflicts_with_all = ["stack", "source", "explain", "json"])]
    pub(crate) stage: Option<Stage>,
    /// Compile without assertions (1), and without docstrings too (2)
    #[arg(long, value_name = "LEVEL", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2), help_heading = "Beyond CPython")]
    pub(crate) optimize: u8,
    /// Compile for this version of CPython and show its bytecode as its own dis does
    #[arg(long, value_name = "VERSION", value_parser = target(), help_heading = "Beyond CPython")]
    pub(crate) target: Option<Target>,
    /// Print JSON; with --stack, the stack's contents too
    #[arg(long)]
    pub(crate) json: bool,
}

/// A version that is compiled for, by its name.
fn target() -> impl TypedValueParser<Value = Target> {
    let names = Target::ALL.map(Target::name);
    PossibleValuesParser::new(names).map(|name| Target::from_name(&name).unwrap_or_default())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// What code generation emits
    Codegen,
    /// The control-flow graph made of it
    Cfg,
    /// The graph after the optimizer
    Optimized,
    /// What the assembler gets
    Final,
}

#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Files and directories
    #[arg(value_name = "PATH", required_unless_present = "list")]
    pub(crate) paths: Vec<PathBuf>,
    /// Do not recurse into subdirectories
    #[arg(short = 'l')]
    pub(crate) flat: bool,
    /// How deep to recurse; wins over -l
    #[arg(short = 'r', value_name = "LEVELS", allow_negative_numbers = true)]
    pub(crate) recursion: Option<isize>,
    /// Compile also what is up to date
    #[arg(short = 'f')]
    pub(crate) force: bool,
    /// Print errors only; -qq: nothing
    #[arg(short = 'q', action = ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Put NAME.pyc beside NAME.py, as imports without the source need it
    #[arg(short = 'b')]
    pub(crate) legacy: bool,
    /// The directory that the code says it comes from, in place of PATH
    #[arg(short = 'd', value_name = "DESTDIR", conflicts_with_all = ["strip", "prepend"])]
    pub(crate) destination: Option<String>,
    /// Take this off the front of the paths in the code
    #[arg(short = 's', value_name = "STRIPDIR")]
    pub(crate) strip: Option<String>,
    /// Put this in front of the paths in the code
    #[arg(short = 'p', value_name = "PREPENDDIR")]
    pub(crate) prepend: Option<String>,
    /// Leave out files whose path matches
    #[arg(short = 'x', value_name = "REGEXP")]
    pub(crate) exclude: Option<regex::Regex>,
    /// Also compile what FILE lists, a path a line; `-` for standard input
    #[arg(short = 'i', value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Threads; 0 for one a core
    #[arg(short = 'j', long, value_name = "N", default_value_t = 0)]
    pub(crate) workers: usize,
    /// Optimization level, 0 to 2; again for another `.pyc` of it
    #[arg(short = 'o', value_name = "LEVEL", allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-1..=2))]
    pub(crate) optimize: Vec<i8>,
    /// Leave out symbolic links that lead out of DIR
    #[arg(short = 'e', value_name = "DIR")]
    pub(crate) limit_links: Option<PathBuf>,
    /// Make one file of equal `.pyc`s of different levels
    #[arg(long)]
    pub(crate) hardlink_dupes: bool,
    /// How an import finds out whether a `.pyc` is up to date; checked-hash if
    /// SOURCE_DATE_EPOCH is set, else timestamp
    #[arg(long, value_enum)]
    pub(crate) invalidation_mode: Option<InvalidationMode>,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InvalidationMode {
    /// By the source's time of modification and size
    Timestamp,
    /// By a hash of the source, compared at each import
    CheckedHash,
    /// Never; the hash is stored for others to compare
    UncheckedHash,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Run CODE instead of a file
    #[arg(short = 'c', value_name = "CODE", group = "program")]
    pub(crate) code: Option<String>,
    /// Run a library module as a script
    #[arg(short = 'm', value_name = "MODULE", group = "program")]
    pub(crate) module: Option<String>,
    #[command(flatten)]
    pub(crate) sandbox: Sandbox,
    /// Leave assertions out (-OO: docstrings too)
    #[arg(short = 'O', action = ArgAction::Count)]
    pub(crate) optimize: u8,
    /// The file to run (`-` or nothing for standard input), then the program's arguments
    #[arg(
        value_name = "FILE [ARGS]",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) arguments: Vec<String>,
}

/// What a program may use up, and what it may touch.
#[derive(Clone, Debug, Args)]
pub(crate) struct Sandbox {
    /// Stop after this many steps of the machine (loop turns and calls)
    #[arg(long, value_name = "STEPS", help_heading = "Budgets")]
    pub(crate) fuel: Option<u64>,
    /// Stop at this much memory, in MiB
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 4096,
        help_heading = "Budgets"
    )]
    pub(crate) memory: u64,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS", help_heading = "Budgets")]
    pub(crate) timeout: Option<f64>,
    /// Let it read files, below PATH if one is given
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "/", help_heading = "Grants")]
    pub(crate) allow_read: Vec<PathBuf>,
    /// Let it write files, below PATH if one is given
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "/", help_heading = "Grants")]
    pub(crate) allow_write: Vec<PathBuf>,
    /// Let it read the environment's variables, and know the system's time zone
    #[arg(long, help_heading = "Grants")]
    pub(crate) allow_env: bool,
    /// Allow all of it
    #[arg(short = 'A', long, help_heading = "Grants")]
    pub(crate) allow_all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files and directories; `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run the files in the sandbox, and say what the run showed
    #[arg(long)]
    pub(crate) evidence: bool,
    /// List what was looked at and found harmless, with the reason
    #[arg(long)]
    pub(crate) show_refuted: bool,
    /// Report syntax that this version lacks (3.8 to 3.15), and accept what 3.15 adds
    #[arg(long, value_name = "VERSION", value_parser = minor_version)]
    pub(crate) target_version: Option<u8>,
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Full)]
    pub(crate) output_format: OutputFormat,
    /// The same as --output-format json
    #[arg(long, conflicts_with = "output_format")]
    pub(crate) json: bool,
    /// Stop a file's run after this many steps
    #[arg(
        long,
        value_name = "STEPS",
        default_value_t = 50_000_000,
        help_heading = "Budgets"
    )]
    pub(crate) fuel: u64,
    /// Stop a file's run at this much memory, in MiB
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 512,
        help_heading = "Budgets"
    )]
    pub(crate) memory: u64,
    /// Stop a file's run after this many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10.0,
        help_heading = "Budgets"
    )]
    pub(crate) timeout: f64,
}

/// `3.N`, as N: any minor version of Python 3, as CPython's option takes.
fn feature_version(text: &str) -> Result<u8, String> {
    let minor = text.strip_prefix("3.").and_then(|minor| minor.parse().ok());
    minor.ok_or_else(|| "expected 3.x, for example 3.10".to_owned())
}

/// `3.N`, as N, of a version whose syntax is known.
fn minor_version(text: &str) -> Result<u8, String> {
    minor_of(text).ok_or_else(|| format!("expected 3.{} to 3.{}", VERSIONS.start(), VERSIONS.end()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Source excerpts with carets
    Full,
    /// A line a finding
    Concise,
    /// A list of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct Server {
    /// Use standard input and output (the only transport, and the default)
    #[arg(long)]
    pub(crate) stdio: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Kernel {
    #[command(flatten)]
    pub(crate) sandbox: Sandbox,
}
