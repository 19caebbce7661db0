using System.Diagnostics;
using System.Security.Cryptography;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Host.Toolchains;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Host;

public sealed class HostProbeTests
{
    [Fact]
    public void The_host_is_described_by_its_kernel_architecture_and_privileges()
    {
        var host = HostProbe.Gather([]);

        Assert.Equal("linux", host.OperatingSystem);
        Assert.Contains(host.Architecture, new[] { "amd64", "arm64" });
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").TrimEnd(), host.Kernel);
        Assert.Matches("^[0-9a-f]{16}$", host.Privileges["cap_eff"]);
        Assert.True(host.MemoryMebibytes > 0);
    }

    [Fact]
    public void Programs_are_identified_by_hash_and_what_cannot_be_read_is_left_out()
    {
        using var directory = new TemporaryDirectory();
        var program = directory.Write("service", "#!/bin/sh\nexit 0\n");

        var host = HostProbe.Gather([KeyValuePair.Create("./service", program), KeyValuePair.Create("./gone", directory.File("gone"))]);

        Assert.Equal(["./service"], host.Binaries.Keys);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(program))), host.Binaries["./service"]);
        Assert.Empty(host.Toolchains);
    }

    [Theory]
    [InlineData("Docker version 20.10.24+dfsg1, build 297e128", "20.10.24+dfsg1")]
    [InlineData("Docker version 28.2.2", "28.2.2")]
    [InlineData("podman version 4.3.1", null)]
    public void The_docker_version_is_the_number_alone(string line, string? expected) => Assert.Equal(expected, DockerClient.ParseVersion(line));

    [Fact]
    public void Go_releases_are_joined_in_order()
    {
        var host = new HostEnvironment
        {
            Toolchains = new Dictionary<string, string> { ["b"] = "go1.24.2", ["a"] = "go1.23.0", ["c"] = "go1.24.2", ["d"] = "rustc 1.85.0" },
        };

        Assert.Equal("go1.23.0,go1.24.2", host.GoToolchain);
        Assert.Null(new HostEnvironment().GoToolchain);
    }

    [Fact]
    public void A_go_program_tells_its_release_in_its_build_information()
    {
        using var directory = new TemporaryDirectory();
        var program = Compile(directory, """
            __attribute__((section(".go.buildinfo"), used)) static const char info[] =
                "\xff Go buildinf:" "\x08\x02" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\x16" "go1.24.2 X:nocoverage!" "\0";
            int main(void) { return 0; }
            """);

        Assert.Equal("go1.24.2", Toolchain.Of(program, CancellationToken.None));
    }

    [Fact]
    public void A_c_program_tells_its_compiler_in_its_comment()
    {
        using var directory = new TemporaryDirectory();
        var program = Compile(directory, "int main(void) { return 0; }");

        Assert.Matches(@"^gcc \d+\.\d+", Toolchain.Of(program, CancellationToken.None));
    }

    [Fact]
    public void The_comment_of_a_rust_program_outranks_that_of_its_c_parts()
    {
        using var directory = new TemporaryDirectory();
        var program = Compile(directory, """
            __asm__(".ident \"rustc version 1.85.0 (4d91de4e4 2025-02-17)\"");
            int main(void) { return 0; }
            """);

        Assert.Equal("rustc 1.85.0", Toolchain.Of(program, CancellationToken.None));
    }

    [Fact]
    public void A_dotnet_program_tells_its_runtime_for_the_host_program_and_for_the_assembly()
    {
        var assembly = typeof(HostProbeTests).Assembly.GetName().Name!;
        var stem = Path.Combine(AppContext.BaseDirectory, assembly);

        Assert.Matches(@"^dotnet 10\.0\.\d+", Toolchain.Of(stem, CancellationToken.None));
        Assert.Equal(Toolchain.Of(stem, CancellationToken.None), Toolchain.Of($"{stem}.dll", CancellationToken.None));
    }

    [Fact]
    public void Without_a_runtime_configuration_the_dependencies_tell_the_target()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("app.deps.json", "{\"runtimeTarget\":{\"name\":\".NETCoreApp,Version=v9.0/linux-x64\"}}");

        Assert.Equal("dotnet 9.0", Toolchain.Of(directory.Write("app.dll", ""), CancellationToken.None));
    }

    [Theory]
    [InlineData("#!/usr/bin/env -S python3 -u\n", "python3")]
    [InlineData("#!/usr/bin/node\n", "/usr/bin/node")]
    [InlineData("#!/bin/sh\n", null)]
    [InlineData("hello", null)]
    public void A_script_names_its_interpreter(string content, string? expected) =>
        Assert.Equal(expected, Interpreter.OfScript(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content))));

    [Fact]
    public void An_interpreter_is_asked_for_its_version()
    {
        using var directory = new TemporaryDirectory();
        var node = directory.Write("node", "#!/bin/sh\necho v20.11.1\n");
        File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal("node 20.11.1", Interpreter.Version(node, CancellationToken.None));
    }

    [Fact]
    public void A_java_installation_tells_its_version_without_being_run()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("jdk/release", "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"17.0.12\"\n");

        Assert.Equal("java 17.0.12", Interpreter.Version(directory.Write("jdk/bin/java", ""), CancellationToken.None));
    }

    [Fact]
    public void A_damaged_program_file_is_no_reason_to_fail()
    {
        using var directory = new TemporaryDirectory();
        var damaged = directory.File("damaged");
        File.WriteAllBytes(damaged, [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, .. Enumerable.Repeat((byte)0xFF, 80)]);

        Assert.Null(Toolchain.Of(damaged, CancellationToken.None));
    }

    private static string Compile(TemporaryDirectory directory, string source)
    {
        directory.Write("program.c", source);
        using var gcc = Process.Start("gcc", ["-o", directory.File("program"), directory.File("program.c")]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        return directory.File("program");
    }
}
