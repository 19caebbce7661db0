using System.ComponentModel;

namespace Faultbox.Cli.Tests;

/// <summary>A program that some kernels of 64-bit machines execute and others refuse: it exits with 0, and can do nothing else.</summary>
internal static class ThirtyTwoBitProgram
{
    public static void Write(string path)
    {
        // struct Elf32_Ehdr, one Elf32_Phdr, and exit(0): mov eax, 1; xor ebx, ebx; int 0x80.
        const int Base = 0x08048000;
        byte[] code = [0xB8, 1, 0, 0, 0, 0x31, 0xDB, 0xCD, 0x80];
        var size = 84 + code.Length;
        File.WriteAllBytes(path,
        [
            0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1, .. new byte[9],
            .. Words(0x0003_0002, 1, Base + 84, 52, 0, 0, 0x0020_0034, 1, 0), .. Words(1, 0, Base, Base, size, size, 5, 0x1000), .. code,
        ]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        static IEnumerable<byte> Words(params int[] words) => words.SelectMany(BitConverter.GetBytes);
    }

    /// <summary>Whether this machine's kernel executes such programs.</summary>
    public static bool IsExecutedBy(Workspace space)
    {
        var path = space.File("tried");
        Write(path);
        try
        {
            return space.RunProgram(path).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
