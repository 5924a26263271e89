"""Addresses of logging in and of the own account."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.signing import own_account, views

urlpatterns = [
    path("login/", views.login_page, name="login"),
    path("login/code/", views.code_page, name="login_code"),
    path("login/second-factor/", views.second_factor_page, name="login_second_factor"),
    path("invitation/<str:token>/", views.invitation_page, name="invitation"),
    path("logout/", own_account.logout_page, name="logout"),
    path("me/", own_account.own_page, name="own_account"),
    path("me/password/", own_account.password_page, name="own_password"),
    path("me/recovery-codes/", own_account.recovery_codes_page, name="own_recovery_codes"),
]
