using System.Diagnostics;
using System.Text;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

/// <summary>Runs the launcher image of arm64 in an emulator (qemu-user) when this machine is not one.</summary>
public sealed class EmulatedInterpreterTests : IDisposable
{
    private readonly LauncherImage _image = new(InterpreterCode.Arm64);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Calls_choices_and_stored_results_work()
    {
        var text = _image.Text("0123456789");
        _image.Call(Number("close"), LaunchStep.None, [99], EntryFlags.Tolerated | EntryFlags.SkipsNext);
        Say("second ");
        _image.Call(Number("close"), LaunchStep.None, [0], EntryFlags.Tolerated | EntryFlags.SkipsNext);
        Say("never");
        _image.Call(Number("write"), LaunchStep.None, [1, text, 4], resultAddress: _image.ArgumentAddress(_image.Count + 1, 2));
        _image.Call(Number("write"), LaunchStep.None, [1, text, 0]);

        Assert.Equal("second 01230123", Encoding.ASCII.GetString(Run(exitCode: 7)));
    }

    [Fact]
    public void An_error_is_reported_with_its_step()
    {
        _image.Call(Number("close"), LaunchStep.InstallFilter, [99], report: 1);
        Say("never");

        Assert.Equal([5, 0, 0, 0, 9, 0, 0, 0], Run(exitCode: 126));
    }

    [Fact]
    public void The_first_candidate_that_executes_is_executed()
    {
        // The emulator passes execve on, so what runs here is a program of this machine.
        foreach (var candidate in (string[])["/nowhere/echo", "/bin/echo"])
        {
            _image.Call(
                Number("execve"),
                LaunchStep.Execute,
                [_image.Text(candidate), _image.Pointers([_image.Text("echo"), _image.Text("executed")]), _image.Pointers([])],
                EntryFlags.Tolerated | EntryFlags.Remembered);
        }

        _image.ReportAbsent(LaunchStep.Execute, report: 1);

        Assert.Equal("executed\n", Encoding.ASCII.GetString(Run(exitCode: 0)));
    }

    private static int Number(string call) => SyscallsArm64.Entries.ToArray().Single(e => e.Name == call).Number;

    private void Say(string text) => _image.Call(Number("write"), LaunchStep.None, [1, _image.Text(text), (ulong)text.Length]);

    private byte[] Run(int exitCode)
    {
        _image.Call(Number("exit_group"), LaunchStep.None, [7]);
        File.WriteAllBytes(_file, _image.Build());
        File.SetUnixFileMode(_file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var emulator = Process.Start(new ProcessStartInfo("qemu-aarch64-static", [_file]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        emulator.StandardOutput.BaseStream.CopyTo(output);
        emulator.WaitForExit();
        Assert.Equal(exitCode, emulator.ExitCode);
        return output.ToArray();
    }
}
