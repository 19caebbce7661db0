using System.Runtime.InteropServices;

namespace Faultbox.Linux.Native;

/// <summary>
/// The three standard descriptors. A process that is started with one of them closed gets its number for the first thing it opens, so that
/// what it writes for people reaches one of its own files or pipes, and so does every program it starts.
/// </summary>
public static unsafe class StandardStreams
{
    private const int Count = 3;
    private const int GetFlags = 1;
    private const int SetFlags = 2;
    private const int ReadWrite = 2;

    /// <summary>
    /// Returns when all three are open. Where one is not, the process executes itself again with <c>/dev/null</c> in its place, and this
    /// call does not return.
    /// </summary>
    public static void EnsureOpen()
    {
        var closed = Enumerable.Range(0, Count).Where(IsClosed).ToList();
        if (closed.Count == 0)
        {
            return;
        }

        fixed (byte* path = "/dev/null\0"u8, program = "/proc/self/exe\0"u8)
        {
            // Close-on-exec whatever number it has; its duplicates are not.
            var nothing = Libc.Open(path, ReadWrite | Kernel.CloseOnExec, 0);
            if (nothing < 0)
            {
                return;
            }

            foreach (var descriptor in closed)
            {
                if (descriptor == nothing)
                {
                    _ = Libc.Control(descriptor, SetFlags, 0);
                }
                else
                {
                    _ = Libc.Duplicate(nothing, descriptor);
                }
            }

            _ = Libc.Execute(program, OwnArguments());
        }
    }

    /// <summary>True for a number that nobody handed over: nothing has it, or something that this process opened after it was executed.</summary>
    private static bool IsClosed(int descriptor) => Libc.Control(descriptor, GetFlags, 0) != 0;

    /// <summary>The command line as the kernel keeps it, as an array that ends with a null pointer.</summary>
    private static byte** OwnArguments()
    {
        var line = File.ReadAllBytes("/proc/self/cmdline");
        var count = line.Count(b => b == 0);
        var text = (byte*)NativeMemory.Alloc((nuint)line.Length);
        line.CopyTo(new Span<byte>(text, line.Length));
        var arguments = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
        for (var (i, at) = (0, 0); i < count; i++)
        {
            arguments[i] = text + at;
            at += line.AsSpan(at).IndexOf((byte)0) + 1;
        }

        return arguments;
    }
}
