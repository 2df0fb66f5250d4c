use std::process::ExitCode;

fn main() -> ExitCode {
    xtask_new::main()
}
