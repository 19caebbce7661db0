using System.Diagnostics;

namespace Faultbox.Cli.Tests.Remotes;

/// <summary>Certificates of real servers, issued by openssl in the directory of a specification.</summary>
internal static class Certificates
{
    /// <summary>Makes <c>ca.pem</c>, and <c>name.pem</c> with <c>name.key</c> that it signed.</summary>
    public static void Issue(Workspace space, string name, string alternatives)
    {
        Run(space, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test ca", "-days", "1");
        space.Write("ext.cnf", $"subjectAltName={alternatives}\n");
        Run(space, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", $"{name}.key", "-out", $"{name}.csr", "-subj", $"/CN={name}");
        Run(space, "x509", "-req", "-in", $"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", $"{name}.pem", "-days", "1", "-extfile", "ext.cnf");
    }

    private static void Run(Workspace space, params string[] arguments)
    {
        using var openssl = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = space.Directory,
            RedirectStandardError = true,
        })!;
        var error = openssl.StandardError.ReadToEnd();
        openssl.WaitForExit();
        Assert.True(openssl.ExitCode == 0, error);
    }
}
